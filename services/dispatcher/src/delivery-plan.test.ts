import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DispatchItem } from '@posthorn/contracts';
import { defaultRetrySchedule } from '@posthorn/mail';
import type { Taken } from '@posthorn/queue';
import type { AttemptEvent } from './delivery-mark.ts';
import { planDeliveries } from './delivery-plan.ts';

const statusId = '0190f3c0-0000-8000-8000-000000000001';
const deliveryId = `${statusId}:0`;
const nowMs = Date.UTC(2026, 0);

test('F19 a retry knows the address that the attempt before left from, and whether that was what was refused', () => {
  const greylisted = deferred({ ip: '192.0.2.1', class: 'greylisted' });
  const blocked = deferred({ ip: '192.0.2.1', class: 'ip-blocked' });
  const unsaid = deferred({ ip: '192.0.2.1' });

  assert.deepEqual(
    [greylisted, blocked, unsaid].map((event) => lastOf(event)),
    [
      { ip: '192.0.2.1', isBlocked: false, dueAtMs: nowMs },
      { ip: '192.0.2.1', isBlocked: true, dueAtMs: nowMs },
      { ip: '192.0.2.1', isBlocked: false, dueAtMs: nowMs },
    ],
  );
});

test('an attempt that left from no address of a pool binds no later one', () => {
  assert.equal(lastOf(deferred({ class: 'greylisted' })), undefined);
});

test('a delivery that only waited since its last attempt is tried with the number it has', () => {
  const plan = planOf(deferred({ ip: '192.0.2.1' }), { attempt: 2 });

  assert.deepEqual(
    plan.tries.map((delivery) => delivery.deliveryId),
    [deliveryId],
  );
  assert.deepEqual(plan.ended, []);
});

function lastOf(event: AttemptEvent) {
  return planOf(event, { attempt: 2 }).tries[0]?.last;
}

function planOf(event: AttemptEvent, { attempt }: { attempt: number }) {
  const marks = new Map([[deliveryId, { state: 'ended', ambiguousCount: 0, event } as const]]);
  const rules = { schedule: defaultRetrySchedule, ambiguousMax: 2, random: () => 0 };
  return planDeliveries(aTaken(attempt), marks, { rules, atMs: nowMs });
}

function deferred(fields: Partial<AttemptEvent>): AttemptEvent {
  return {
    ...{ id: statusId, accountId: 1, statusId, emailId: 2, atMs: nowMs - 300_000, type: 'DEFERRED' },
    ...{ recipient: 'ann@example.org', deliveryId, attempt: 1, response: '451 later' },
    nextAttemptAtMs: nowMs,
    ...(fields.ip !== undefined && { ip: fields.ip }),
    ...(fields.class !== undefined && { class: fields.class }),
  };
}

function aTaken(attempt: number): Taken<DispatchItem> {
  const item: DispatchItem = {
    ...{ id: 'item', statusId, accountId: 1, emailId: 2, acceptedAtMs: 1, returnPath: 'b@bounce.example' },
    recipients: [{ deliveryId, address: 'ann@example.org' }],
    ...{ rendition: 'Subject: x\r\n\r\nx\r\n', smtpUtf8: false, onAmbiguous: 'retry' },
    expiresAtMs: nowMs + 3_600_000,
  };
  return { id: 'item', item, attempt, originBagId: 'bag', firstPostedAtMs: nowMs - 300_000, crashes: 0 };
}
