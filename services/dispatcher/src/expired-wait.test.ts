import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DispatchItem } from '@posthorn/contracts';
import { defaultRetrySchedule } from '@posthorn/mail';
import type { Taken } from '@posthorn/queue';
import { endExpired } from './expired-wait.ts';
import type { TryResult } from './site-attempts.ts';

const nowMs = Date.UTC(2026, 0);
const hourMs = 3_600_000;

test('a delivery that waits past its time ends as a soft bounce that names what it waited for', () => {
  const ended = end({ expiresAtMs: nowMs - 1 });

  assert.partialDeepStrictEqual(ended, {
    kind: 'attempted',
    outcome: { kind: 'bounced', category: 'TIMEOUT', hard: false, status: '4.4.7' },
  });
  assert.match(
    ended.kind === 'attempted' ? ended.outcome.response : '',
    /google\.com\.unusual-rate.*too much/,
  );
});

test('one whose time ends before its wait comes back at that end, not later', () => {
  const waits = end({ expiresAtMs: nowMs + 5_000 });

  assert.partialDeepStrictEqual(waits, { kind: 'wait', delayMs: 5_000 });
});

test('the schedule’s age counts as well as the send’s own time', () => {
  const expiresAtMs = nowMs + 100 * hourMs;

  assert.equal(end({ expiresAtMs, ageMs: 49 * hourMs }).kind, 'attempted');
  assert.partialDeepStrictEqual(end({ expiresAtMs, ageMs: hourMs }), { kind: 'wait', delayMs: 60_000 });
});

function end({ expiresAtMs, ageMs = 0 }: { expiresAtMs: number; ageMs?: number }): TryResult {
  const wait: TryResult = {
    ...{ kind: 'wait', delayMs: 60_000, rule: 'google.com.unusual-rate', text: 'too much', untilMs: nowMs },
    ...{ deliveryId: 'd', address: 'ann@example.org', ambiguousCount: 0, site: 'google.com' },
  };
  const item: DispatchItem = {
    ...{
      id: 'item',
      statusId: 's',
      accountId: 1,
      emailId: 2,
      acceptedAtMs: 1,
      returnPath: 'b@bounce.example',
    },
    recipients: [{ deliveryId: 'd', address: 'ann@example.org' }],
    ...{ rendition: 'x', smtpUtf8: false, onAmbiguous: 'retry', expiresAtMs },
  };
  const taken: Taken<DispatchItem> = {
    ...{ id: 'item', item, attempt: 1, originBagId: 'bag', firstPostedAtMs: nowMs - ageMs, crashes: 0 },
  };
  return endExpired(wait, taken, { schedule: { schedule: defaultRetrySchedule }, nowMs });
}
