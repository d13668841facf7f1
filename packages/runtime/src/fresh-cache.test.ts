import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from './clock.ts';
import { Fault } from './fault.ts';
import { createFreshCache } from './fresh-cache.ts';

test('a fresh value is not loaded again, one past half its time is renewed behind the caller’s back', async () => {
  const { cache, clock, source, loads } = setUp();
  await cache.get('a');

  clock.advance(4_900);
  source.value = 'new';
  const during = await cache.get('a');
  const after = await cache.get('a');

  assert.deepEqual([during, after, loads()], ['old', 'new', 2]);
});

test('a value is never older than its time', async () => {
  const { cache, clock, source } = setUp();
  await cache.get('a');
  source.value = 'new';

  clock.advance(10_000);

  assert.equal(await cache.get('a'), 'new');
});

test('while the source is away the old value serves, and the source is left alone for a second', async () => {
  const { cache, clock, source, loads } = setUp();
  await cache.get('a');
  source.error = new Fault('unavailable', 'away');
  clock.advance(3_600_000);

  const served = [await cache.get('a'), await cache.get('a')];

  assert.deepEqual([served, loads()], [['old', 'old'], 2]);
});

test('a source that does not answer holds up nobody who can be served an old value', async () => {
  const { cache, clock, source } = setUp();
  await cache.get('a');
  source.hangs = true;
  clock.advance(3_600_000);

  assert.equal(await cache.get('a'), 'old');
});

test('F15: while a source does not answer only the first callers wait for it, and a new value is served once it is there', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = createFakeClock();
  const answers: ((value: string) => void)[] = [];
  const cache = createFreshCache<string>({
    load: () => new Promise((resolve) => answers.push(resolve)),
    ...{ clock, freshMs: 10_000, absentMs: 0, max: 10 },
  });
  const first = cache.get('a');
  answers[0]?.('old');
  await first;

  clock.advance(3_600_000);
  const waiting = cache.get('a');
  t.mock.timers.tick(250);
  assert.equal(await waiting, 'old');
  clock.advance(5_000);
  assert.equal(await cache.get('a'), 'old', 'no timer ran meanwhile');
  answers[1]?.('new');
  await new Promise((resolve) => setImmediate(resolve));

  assert.deepEqual([await cache.get('a'), answers.length], ['new', 2]);
});

test('without an old value the source’s error is the caller’s', async () => {
  const { cache, source } = setUp();
  source.error = new Fault('unavailable', 'away');

  await assert.rejects(cache.get('a'), { code: 'unavailable' });
});

test('an error that is no absence is thrown, old value or not', async () => {
  const { cache, clock, source } = setUp();
  await cache.get('a');
  source.error = new TypeError('bug');
  clock.advance(3_600_000);

  await assert.rejects(cache.get('a'), TypeError);
});

test('an absence is believed for its own time, and loads of one key are shared', async () => {
  const { cache, clock, source, loads } = setUp({ absentMs: 1_000 });
  source.value = null;

  await Promise.all([cache.get('a'), cache.get('a')]);
  await cache.get('a');
  const before = loads();
  clock.advance(1_000);
  await cache.get('a');

  assert.deepEqual([before, loads()], [1, 2]);
});

test('no more values are kept than allowed', async () => {
  const { cache, loads } = setUp({ max: 2 });

  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await cache.get(key);

  assert.equal(loads(), 4);
});

test('what is forgotten is read again', async () => {
  const { cache, source } = setUp();
  await cache.get('a');
  source.value = 'new';

  cache.forget('a');

  assert.equal(await cache.get('a'), 'new');
});

test('what is forgotten while it is read is not kept', async () => {
  const { cache, source, loads } = setUp();
  const reading = cache.get('a');
  cache.forget('a');
  await reading;
  source.value = 'new';

  assert.deepEqual([await cache.get('a'), loads()], ['new', 2]);
});

test('values that all count as old are read again, and serve while their source is away', async () => {
  const { cache, source } = setUp();
  await cache.get('a');

  source.error = new Fault('unavailable', 'away');
  cache.expireAll();
  const whileAway = await cache.get('a');
  delete source.error;
  source.value = 'new';
  cache.expireAll();

  assert.equal(whileAway, 'old');
  assert.equal(await cache.get('b'), 'new');
});

function setUp({ absentMs = 0, max = 10 } = {}) {
  const clock = createFakeClock();
  const source: { value: string | null; error?: Error; hangs?: boolean } = { value: 'old' };
  let count = 0;
  const load = async () => {
    count += 1;
    if (source.hangs) await new Promise(() => undefined);
    if (source.error) throw source.error;
    return source.value;
  };
  const cache = createFreshCache({ load, clock, freshMs: 5_000, absentMs, max, staleWaitMs: 10 });
  return { cache, clock, source, loads: () => count };
}
