import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock, Fault } from '@posthorn/runtime';
import { createStaleCache } from './stale-cache.ts';

test('a value is read once until it is no longer fresh, also by many at once', async () => {
  const { cache, clock, reads } = setUp();

  await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')]);
  clock.advance(999);
  assert.equal(await cache.get('a'), 'a1');
  clock.advance(1);
  assert.equal(await cache.get('a'), 'a2');

  assert.deepEqual(reads, ['a', 'b', 'a']);
});

test('while its source is away an old value is served, and none that was never read', async () => {
  const { cache, clock, source } = setUp();
  await cache.get('a');
  clock.advance(5_000);
  source.fails = new Fault('unavailable', 'away');

  assert.equal(await cache.get('a'), 'a1');
  await assert.rejects(cache.get('b'), { code: 'unavailable' });
});

test('errors other than an absence are the caller’s', async () => {
  const { cache, clock, source } = setUp();
  await cache.get('a');
  clock.advance(5_000);
  source.fails = new Fault('misconfigured', 'seal');

  await assert.rejects(cache.get('a'), { code: 'misconfigured' });
});

test('what does not exist is asked for again, and the oldest value makes room', async () => {
  const { cache, reads } = setUp();

  assert.equal(await cache.get('none'), null);
  assert.equal(await cache.get('none'), null);
  for (const key of ['a', 'b', 'c', 'a']) await cache.get(key);

  assert.deepEqual(reads, ['none', 'none', 'a', 'b', 'c', 'a']);
});

function setUp() {
  const clock = createFakeClock();
  const reads: string[] = [];
  const source: { fails?: Fault } = {};
  const load = async (key: string): Promise<string | null> => {
    if (source.fails) throw source.fails;
    reads.push(key);
    return key === 'none' ? null : `${key}${reads.filter((read) => read === key).length}`;
  };
  return { cache: createStaleCache({ load, clock, freshMs: 1_000, max: 2 }), clock, reads, source };
}
