import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EventsItem } from '@posthorn/contracts';
import { createFakeClock, Fault, silentLogger } from '@posthorn/runtime';
import { anEvent } from '@posthorn/testing';
import { createHitRecorder } from './hit-recorder.ts';

test('a hit is recorded when its answer may leave', async (t) => {
  const { recorder, posted } = setUp(t);
  const event = anEvent('OPEN');

  await recorder.record(event);

  assert.deepEqual(posted, [event]);
  assert.deepEqual(await recorder.healthCheck(), { ok: true });
});

test('while Redis is away a hit is held, said so, and posted once Redis is back (F08)', async (t) => {
  const { recorder, posted, redis } = setUp(t);
  redis.isAway = true;
  await recorder.record(anEvent('OPEN'));
  await recorder.record(anEvent('CLICK'));
  assert.equal((await recorder.healthCheck()).ok, false);

  redis.isAway = false;
  await recorder[Symbol.asyncDispose]();

  assert.deepEqual(
    posted.map(({ type }) => type),
    ['OPEN', 'CLICK'],
  );
});

test('no more hits are held than allowed, and none longer than allowed (F08)', async (t) => {
  const { recorder, posted, redis, clock } = setUp(t, { heldMax: 2, heldForMs: 1_000 });
  redis.isAway = true;
  for (let hit = 0; hit < 5; hit += 1) await recorder.record(anEvent('OPEN'));
  assert.deepEqual(await recorder.healthCheck(), { ok: false, reason: '2 hits wait for redis' });

  clock.advance(1_001);
  await recorder[Symbol.asyncDispose]();

  assert.deepEqual(await recorder.healthCheck(), { ok: true });
  assert.deepEqual(posted, []);
});

test('a hit the lane refuses is not held, and its answer still leaves', async (t) => {
  const { recorder, redis } = setUp(t);
  redis.refusal = new Fault('invalid_request', 'does not fit');

  await recorder.record(anEvent('OPEN'));

  assert.deepEqual(await recorder.healthCheck(), { ok: true });
});

function setUp(t: TestContext, { heldMax = 100, heldForMs = 60_000 } = {}) {
  const posted: EventsItem[] = [];
  const redis: { isAway: boolean; refusal?: Fault } = { isAway: false };
  const clock = createFakeClock();
  const recorder = createHitRecorder({
    post: async (item) => {
      if (redis.refusal) throw redis.refusal;
      if (redis.isAway) throw new Fault('unavailable', 'away');
      posted.push(item);
    },
    clock,
    log: silentLogger,
    heldMax,
    heldForMs,
    retryEveryMs: 60_000,
  });
  t.after(() => recorder[Symbol.asyncDispose]());
  return { recorder, posted, redis, clock };
}
