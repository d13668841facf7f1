import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryMark, DeliveryMarks } from '../delivery-mark.ts';
import type { JournalEntry } from './journal-entry.ts';
import { createJournaledMarks } from './journaled-marks.ts';

test('an end is noted before it is on its way to Redis, and forgotten when it is there', async () => {
  const { marks, told, answer } = setUp();
  await Promise.all([marks.write('a', committing, 1), answer()]);

  const written = marks.write('a', ended, 1);
  assert.deepEqual(told, ['write committing', 'note a', 'write ended']);
  await Promise.all([written, answer()]);

  assert.deepEqual(told.at(-1), 'forget a');
});

test('an end that Redis did not take is noted once, however often it is tried', async () => {
  const { marks, told, answer, refuse } = setUp();
  await Promise.all([marks.write('a', committing, 1), answer()]);

  await Promise.all([assert.rejects(marks.write('a', ended, 1)), refuse()]);
  await Promise.all([marks.write('a', ended, 1), answer()]);

  assert.equal(told.filter((word) => word === 'note a').length, 1);
  assert.equal(told.at(-1), 'forget a');
});

test('what was never committed needs no note', async () => {
  const { marks, told, answer } = setUp();

  await Promise.all([marks.write('a', ended, 1), answer()]);
  await Promise.all([marks.write('b', committing, 1), answer()]);
  await marks.clear(['b']);
  await Promise.all([marks.write('b', ended, 1), answer()]);

  assert.deepEqual(
    told.filter((word) => word.startsWith('note')),
    [],
  );
});

const committing: DeliveryMark = { state: 'committing', attempt: 1, ambiguousCount: 0 };
const ended: DeliveryMark = {
  ...{ state: 'ended', ambiguousCount: 0 },
  event: {
    ...{ id: '01900000-0000-8000-8000-0123456789ab', accountId: 1, emailId: 2, atMs: 1, type: 'DELIVERED' },
    ...{ statusId: '01900000-0000-8000-8000-0123456789ab', recipient: 'a@b.example' },
    ...{ deliveryId: '01900000-0000-8000-8000-0123456789ab:0', attempt: 1, response: '250 ok' },
  },
};

/** Marks that are answered when the test says so, and everything that was said in its order. */
function setUp() {
  const told: string[] = [];
  let pending = Promise.withResolvers<void>();
  const store: DeliveryMarks = {
    read: async () => new Map(),
    write: (_, { state }) => {
      told.push(`write ${state}`);
      return pending.promise;
    },
    clear: async () => undefined,
  };
  const journal = {
    note({ deliveryId }: JournalEntry) {
      told.push(`note ${deliveryId}`);
      return () => void told.push(`forget ${deliveryId}`);
    },
    [Symbol.dispose]: () => undefined,
  };
  const next = (settle: (now: PromiseWithResolvers<void>) => void) => async () => {
    const now = pending;
    pending = Promise.withResolvers();
    settle(now);
  };
  return {
    marks: createJournaledMarks(store, { journal, lane: 'dispatch-default' }),
    told,
    answer: next((now) => now.resolve()),
    refuse: next((now) => now.reject(new Error('away'))),
  };
}
