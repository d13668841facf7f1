import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withShapers } from '../testing/with-shapers.ts';

const lane = { ip: '192.0.2.1', site: 'mx.example.net' };

for (const { rule, intervalMs, burst, askers } of [
  { rule: '{ messageRate: 200/s }', intervalMs: 5, burst: 40, askers: 20 },
  { rule: '{ messageRate: 60/s, burst: 60 }', intervalMs: 1_000 / 60, burst: 60, askers: 3 },
  { rule: '{ messageRate: 50/s, burst: 1 }', intervalMs: 20, burst: 1, askers: 4 },
  { rule: '{ messageRate: 600/min, burst: 5 }', intervalMs: 100, burst: 5, askers: 2 },
]) {
  test(`B1: whatever four dispatchers ask for, ${rule} holds in any time and is used`, async () => {
    await using world = await withShapers(`defaults: ${rule}`, { count: 4 });
    const random = createRandom(7);
    const sentAtMs: number[] = [];

    const lengthMs = 4_000;
    for (let ms = 0; ms < lengthMs; ms += 10, world.clock.advance(10)) {
      const busy = world.shapers.flatMap((shaper) =>
        Array.from({ length: Math.floor(random() * askers) }, () => shaper),
      );
      const leaves = await Promise.all(busy.map((shaper) => shaper.ask(lane)));
      for (const { kind } of leaves) if (kind === 'go') sentAtMs.push(ms);
    }

    for (const [at, fromMs] of sentAtMs.entries()) {
      for (const [more, ms] of sentAtMs.slice(at).entries()) {
        const allowed = burst + (ms - fromMs) / intervalMs;
        assert.ok(more + 1 <= allowed + 0.01, `${more + 1} within ${ms - fromMs} ms`);
      }
    }
    assert.ok(sentAtMs.length >= 0.9 * (lengthMs / intervalMs), `${sentAtMs.length} went`);
  });
}

test('new mail and mail that waits share the room, and nobody asks much more often than it takes', async () => {
  await using world = await withShapers('defaults: { messageRate: 10/s }', { count: 2 });
  const due = new Map<number, number>();
  let [asks, goes] = [0, 0];

  const lengthMs = 60_000;
  for (let ms = 0; ms < lengthMs; ms += 50, world.clock.advance(50)) {
    // Half as much new mail as may go, on top of 250 messages at the start.
    const fresh = ms === 0 ? 250 : ms % 200 === 0 ? 1 : 0;
    const count = (due.get(ms) ?? 0) + fresh;
    due.delete(ms);
    const leaves = await Promise.all(
      Array.from({ length: count }, (_, at) => world.shapers[at % 2]?.ask(lane) ?? world.shaper.ask(lane)),
    );
    asks += count;
    for (const leave of leaves) {
      if (leave.kind === 'go') goes += 1;
      else {
        const backMs = ms + Math.ceil(leave.delayMs / 50) * 50;
        due.set(backMs, (due.get(backMs) ?? 0) + 1);
      }
    }
  }

  const left = [...due.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(left < 5, `${left} still wait after a minute`);
  assert.ok(asks < 2.5 * goes, `${asks} asks for ${goes} messages`);
});

/** The same numbers at each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
