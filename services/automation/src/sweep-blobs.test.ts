import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { createSweepBlobs } from './sweep-blobs.ts';

const dayMs = 86_400_000;
const nowMs = 10 * dayMs;

test('a blob that no bag named in two looks is deleted, and one that any look named is not', async () => {
  const [lost, waited] = [randomUUID(), randomUUID()];
  const { sweep, kept } = setUp({ blobs: { [lost]: 0, [waited]: 0 }, named: [waited] });

  assert.equal(await sweep(nowMs), 0);
  assert.equal(await sweep(nowMs + 1), 1);

  assert.deepEqual(kept(), [waited]);
});

test('a blob that a bag named meanwhile begins anew', async () => {
  const blob = randomUUID();
  const { sweep, kept, set } = setUp({ blobs: { [blob]: 0 }, named: [] });
  await sweep(nowMs);
  set([blob]);
  await sweep(nowMs + 1);
  set([]);

  await sweep(nowMs + 2);

  assert.deepEqual(kept(), [blob]);
});

test('what is younger than a day, or is no blob of the queue, stays', async () => {
  const young = randomUUID();
  const { sweep, kept } = setUp({ blobs: { [young]: nowMs - dayMs + 1, 'unparsed:x:0': 0 }, named: [] });

  await sweep(nowMs);
  await sweep(nowMs);

  assert.equal(kept().length, 2);
});

test('where a bag could not be read nothing is deleted, nor after the next look', async () => {
  const blob = randomUUID();
  const { sweep, kept, set } = setUp({ blobs: { [blob]: 0 }, named: [] });
  await sweep(nowMs);
  set(null);
  await sweep(nowMs + 1);
  set([]);
  await sweep(nowMs + 2);

  assert.deepEqual(kept(), [blob]);
});

test('more blobs than a page are looked at all', async () => {
  const blobs = Object.fromEntries(Array.from({ length: 2_500 }, () => [randomUUID(), 0]));
  const { sweep, kept } = setUp({ blobs, named: [] });
  await sweep(nowMs);

  assert.equal(await sweep(nowMs), 2_500);
  assert.deepEqual(kept(), []);
});

function setUp({ blobs, named }: { blobs: Record<string, number>; named: string[] | null }) {
  const stored = new Map(Object.entries(blobs));
  let names = named;
  const sweep = createSweepBlobs({
    blobs: {
      listOlder: async ({ beforeMs, after = '', limit }) =>
        [...stored]
          .filter(([id, atMs]) => id > after && atMs < beforeMs)
          .map(([id]) => id)
          .toSorted()
          .slice(0, limit),
      delete: async (id) => void stored.delete(id),
    },
    findReferences: async () => names && new Set(names),
    log: silentLogger,
  });
  const set = (next: string[] | null) => {
    names = next;
  };
  return { sweep, set, kept: () => [...stored.keys()] };
}
