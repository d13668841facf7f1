import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from './clock.ts';
import { createProgress } from './progress.ts';

test('a process is stuck once the oldest work under way is older than its limit, and well again when that ends', async () => {
  const clock = createFakeClock();
  const progress = createProgress({ clock, stuckAfterMs: 1_000 });
  const work = Promise.withResolvers<void>();

  const watched = progress.watch(() => work.promise);
  clock.advance(1_000);
  const atTheLimit = await progress.healthCheck();
  clock.advance(1);
  const pastIt = await progress.healthCheck();
  work.resolve();
  await watched;

  assert.deepEqual(atTheLimit, { ok: true });
  assert.deepEqual(pastIt, { ok: false, reason: 'nothing ended for 1001 ms' });
  assert.deepEqual(await progress.healthCheck(), { ok: true });
});

test('work that fails has ended', async () => {
  const clock = createFakeClock();
  const progress = createProgress({ clock, stuckAfterMs: 1_000 });

  await assert.rejects(progress.watch(async () => Promise.reject(new Error('refused'))));
  clock.advance(5_000);

  assert.deepEqual(await progress.healthCheck(), { ok: true });
});
