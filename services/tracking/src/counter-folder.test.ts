import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, silentLogger } from '@posthorn/runtime';
import { createCounterFolder } from './counter-folder.ts';

test('what an earlier process left is counted first, then what is noted, batch by batch', async () => {
  const folded: number[] = [];
  const batches = new Map([[7, 3]]);
  const all = Promise.withResolvers<void>();
  await using folder = createCounterFolder({
    counters: {
      accountsToFold: async () => [7],
      fold: async (accountId) => {
        folded.push(accountId);
        if (folded.length === 4) all.resolve();
        const left = (batches.get(accountId) ?? 1) - 1;
        batches.set(accountId, left);
        return { counted: 1, isMore: left > 0 };
      },
    },
    log: silentLogger,
    intervalMs: 1,
  });
  folder.note([8]);

  await all.promise;

  assert.deepEqual(folded.toSorted(), [7, 7, 7, 8]);
});

test('an account whose counting failed is counted later', async () => {
  const counted = Promise.withResolvers<void>();
  let calls = 0;
  await using folder = createCounterFolder({
    counters: {
      accountsToFold: async () => [],
      fold: async () => {
        calls += 1;
        if (calls < 3) throw new Fault('unavailable', 'away');
        counted.resolve();
        return { counted: 1, isMore: false };
      },
    },
    log: silentLogger,
    intervalMs: 1,
  });

  folder.note([1]);

  await counted.promise;
  assert.equal(calls, 3);
});

test('an account that another process folds is left for the next round, not tried at once', async () => {
  const calls: number[] = [];
  const counted = Promise.withResolvers<void>();
  await using folder = createCounterFolder({
    counters: {
      accountsToFold: async () => [],
      fold: async (accountId) => {
        calls.push(accountId);
        if (calls.length === 3) counted.resolve();
        return calls.length === 1 ? { counted: 0, isMore: true } : { counted: 1, isMore: false };
      },
    },
    log: silentLogger,
    intervalMs: 1,
  });

  folder.note([1, 2]);

  await counted.promise;
  assert.deepEqual(calls, [1, 2, 1]);
});
