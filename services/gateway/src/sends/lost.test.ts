import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendRecord } from '@posthorn/store';
import { isLost, isLostDelivery } from './lost.ts';

const lossAtMs = 1_000_000;

test('a send without a record is lost a minute after the loss, and not before: it may lie in the new Redis', () => {
  assert.equal(isLost(null, lossAtMs, lossAtMs + 59_000), false);
  assert.equal(isLost(null, lossAtMs, lossAtMs + 60_000), true);
  assert.equal(isLost(null, null, lossAtMs + 60_000), false);
});

test('a send whose delivery was delivered or bounced is not lost', () => {
  for (const state of ['delivered', 'bounced'] as const)
    assert.equal(isLost(record({ state, processedAtMs: 1 }), lossAtMs, lossAtMs), false, state);
});

test('a delivery that was deferred is lost, unless it was tried again after the loss', () => {
  const deferredAt = (atMs: number) => ({
    ...{ index: 0, recipient: 'a@shop.example', state: 'deferred' as const },
    deferred: {
      ...{ atMs, eventId: '', attempt: 1, response: '', status: '', mx: '', nextAttemptAtMs: 0 },
      category: '' as const,
    },
  });

  assert.equal(isLostDelivery(deferredAt(lossAtMs - 1), lossAtMs), true);
  assert.equal(isLostDelivery(deferredAt(lossAtMs + 1), lossAtMs), false);
});

function record(delivery: { state: 'delivered' | 'bounced'; processedAtMs: number }): SendRecord {
  return {
    ...{ statusId: 'x', accountId: 1, emailId: 1, opens: {}, clicks: {} },
    view: { statusId: 'x', status: 'COMPLETE' },
    deliveries: [{ index: 0, recipient: 'a@shop.example', ...delivery }],
  };
}
