import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import type { Leave } from './limits/leave.ts';
import type { Shaper } from './shaper.ts';
import { until, withShapers } from './testing/with-shapers.ts';

const lane = { ip: '192.0.2.1', site: 'mx.example.net' };

test('any rate lets its messages go one by one, however it divides', async () => {
  for (const rate of ['10000/s', '999/s', '300/s', '7/s', '13/min', '77/h', '1/d']) {
    await using world = await withShapers(`defaults: { messageRate: ${rate}, burst: 1 }`);
    const { intervalMs } = world.rules().forSite(lane.site).messageRate;
    const kinds: string[] = [];

    for (let count = 0; count < 5; count += 1, world.clock.advance(Math.ceil(intervalMs)))
      kinds.push((await world.shaper.ask(lane)).kind);

    assert.deepEqual(new Set(kinds), new Set(['go']), rate);
  }
});

test('B1: three shapers together never let more go than the rule says, in any time', async () => {
  await using world = await withShapers('defaults: { messageRate: 100/s, burst: 20 }', { count: 3 });
  const sentAtMs: number[] = [];

  for (let ms = 0; ms < 3_000; ms += 5) {
    const leaves = await Promise.all(world.shapers.flatMap((shaper) => [shaper.ask(lane), shaper.ask(lane)]));
    sentAtMs.push(...leaves.filter(isGo).map(() => ms));
    world.clock.advance(5);
  }

  for (const [at, fromMs] of sentAtMs.entries()) {
    for (const withinMs of [0, 10, 50, 100, 250, 1_000]) {
      const count = sentAtMs.slice(at).filter((ms) => ms <= fromMs + withinMs).length;
      assert.ok(count <= 20 + withinMs / 10 + 1, `${count} within ${withinMs} ms`);
    }
  }
  assert.ok(sentAtMs.length >= 290, `the limit is used: ${sentAtMs.length}`);
});

test('each of 1,000 that wait is told a place of its own, and most ask but once', async () => {
  await using world = await withShapers('defaults: { messageRate: 10/s }');
  const waiting = new Map<number, number[]>();
  let asks = 0;

  const ask = async (atMs: number, count: number) => {
    const leaves = await Promise.all(Array.from({ length: count }, () => world.shaper.ask(lane)));
    asks += count;
    for (const leave of leaves.filter(isWait)) {
      const dueMs = atMs + leave.delayMs;
      waiting.set(dueMs, [...(waiting.get(dueMs) ?? []), leave.delayMs]);
    }
  };
  await ask(0, 1_000);
  const places = waiting.size;
  for (let atMs = 0; waiting.size > 0; atMs += 1, world.clock.advance(1)) {
    const due = waiting.get(atMs)?.length ?? 0;
    waiting.delete(atMs);
    if (due > 0) await ask(atMs, due);
  }

  assert.ok(places > 950, `${places} places`);
  assert.ok(asks < 2_100, `${asks} asks`);
});

test('no delay is longer than five minutes, and those beyond are spread', async () => {
  await using world = await withShapers('defaults: { messageRate: 1/min }');

  const leaves = await Promise.all(Array.from({ length: 20 }, () => world.shaper.ask(lane)));

  const delays = leaves.filter(isWait).map(({ delayMs }) => delayMs);
  assert.deepEqual(
    delays.slice(0, 5),
    [1, 2, 3, 4, 5].map((minutes) => minutes * 60_000),
  );
  assert.deepEqual(new Set(delays.slice(5)), new Set([270_000]));
});

test('connections are counted over all shapers, and one that is released makes room', async () => {
  await using world = await withShapers('defaults: { connections: 3 }', { count: 3 });

  const asked = await Promise.all([...world.shapers, ...world.shapers].map((shaper) => shaper.connect(lane)));
  const leases = asked.filter((lease) => lease !== undefined);
  leases[0]?.release();

  assert.equal(leases.length, 3);
  await until('there is room', async () => (await world.shaper.connect(lane)) !== undefined);
  assert.equal(await world.shaper.connect(lane), undefined);
  assert.ok(await world.shaper.connect({ ...lane, ip: '192.0.2.2' }), 'another address has its own');
});

test('a connection whose owner died counts for less than 30 seconds', async () => {
  await using world = await withShapers('defaults: { connections: 1 }', { count: 2 });
  const [dead, other] = world.shapers;

  await dead?.connect(lane);
  assert.equal(await other?.connect(lane), undefined);
  world.clock.advance(29_999);

  assert.ok(await other?.connect(lane));
});

test('without Redis asking fails, as unavailable', async () => {
  await using world = await withShapers('defaults: {}');
  await world.redis.kill();

  await assert.rejects(world.shaper.ask(lane), (error) => isFault(error, 'unavailable'));
  await assert.rejects(world.shaper.connect(lane), (error) => isFault(error, 'unavailable'));
});

test('a leave that was given back may be had again at once', async () => {
  await using world = await withShapers('defaults: { messageRate: 1/h }');

  const first = await world.shaper.ask(lane);
  world.shaper.giveBack(lane);
  const again = await world.shaper.ask(lane);
  const third = await world.shaper.ask(lane);

  assert.deepEqual(
    [first, again, third].map(({ kind }) => kind),
    ['go', 'go', 'wait'],
  );
});

test('leaves that were had together can be given back together, unless others took some since', async () => {
  await using world = await withShapers('defaults: { messageRate: 1/h, burst: 4 }', { count: 2 });
  const [one, other] = world.shapers;
  assert.ok(one && other);
  const kinds = async (shaper: Shaper, count: number) =>
    (await Promise.all(Array.from({ length: count }, () => shaper.ask(lane)))).map(({ kind }) => kind);

  await kinds(one, 2);
  for (let count = 0; count < 3; count += 1) one.giveBack(lane);
  const again = await kinds(one, 2);
  const theirs = await kinds(other, 1);
  one.giveBack(lane);
  const rest = await kinds(one, 2);

  assert.deepEqual([again, theirs, rest], [['go', 'go'], ['go'], ['go', 'wait']]);
});

function isGo(leave: Leave): leave is Leave & { kind: 'go' } {
  return leave.kind === 'go';
}

function isWait(leave: Leave): leave is Leave & { kind: 'wait' } {
  return leave.kind === 'wait';
}
