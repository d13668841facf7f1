import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { TtlCache } from './ttl-cache.ts';

test('a value is loaded once for all who ask at once, and again when its time is up', async () => {
  const { cache, load, clock } = setUp();

  const first = await Promise.all([cache.get('a', load), cache.get('a', load)]);
  clock.advance(999);
  const later = await cache.get('a', load);
  clock.advance(1);
  const renewed = await cache.get('a', load);

  assert.deepEqual([...first, later, renewed], [1, 1, 1, 2]);
});

test('a failed load is not remembered', async () => {
  const { cache, load } = setUp();

  await assert.rejects(async () => cache.get('a', () => Promise.reject(new Error('no'))));

  assert.equal(await cache.get('a', load), 1);
});

test('no more than the limit is kept, and the oldest leaves', async () => {
  const { cache, load } = setUp();

  await cache.get('a', load);
  await cache.get('b', load);
  await cache.get('c', load);

  assert.equal(await cache.get('b', load), 2);
  assert.equal(await cache.get('a', load), 4);
});

function setUp() {
  const clock = createFakeClock();
  const cache = new TtlCache<number>({ clock, entriesMax: 2 });
  let count = 0;
  const load = async () => {
    count += 1;
    return { value: count, ttlMs: 1_000 };
  };
  return { cache, load, clock };
}
