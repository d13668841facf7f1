import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withShapers } from '../testing/with-shapers.ts';
import { createSiteReader } from '../view/site-reader.ts';
import type { SiteAnswer } from './observer.ts';

const minuteMs = 60_000;
const lane = { ip: '192.0.2.1', site: 'mx.example.net' };
const tooFast: SiteAnswer = {
  kind: 'deferred',
  text: '451 4.7.1 <jane@example.com> you are too fast, jane@example.com',
};

const yaml = `
defaults:
  connections: 10
  messageRate: 60/min
  replies:
    - { id: known, says: known to all, do: nothing }
    - { id: blocked, says: blocked, do: suspend, for: 10m, recover: { over: 40m, steps: 3 } }
    - { id: fast, says: too fast, after: 3/10min, do: slow, slow: { messageRate: 6/min, connections: 1 }, for: 30m, recover: { over: 60m, steps: 5 } }
`;

test('B1: an answer that matches suspends the site for that address alone, for all shapers, until its time is over', async () => {
  await using world = await setUp();
  const { other, clock } = world;

  await world.observe({ kind: 'bounced', text: '550 5.7.1 blocked' });
  const leave = await other.ask(lane);

  assert.ok(leave.kind === 'wait');
  assert.equal(leave.rule, 'defaults.blocked');
  assert.equal(leave.untilMs, clock.nowMs() + 10 * minuteMs);
  assert.match(
    leave.text,
    /^mx\.example\.net gets nothing from this address until 2026-01-01 00:10 UTC, .*blocked$/,
  );
  assert.ok(leave.delayMs <= 5 * minuteMs);
  assert.equal(await other.connect(lane), undefined);
  assert.equal((await other.ask({ ...lane, ip: '192.0.2.2' })).kind, 'go');
  assert.equal((await other.ask({ ...lane, site: 'mx.example.org' })).kind, 'go');
  clock.advance(10 * minuteMs - 1);
  assert.equal((await other.ask(lane)).kind, 'wait');
  clock.advance(1);
  assert.equal((await other.ask(lane)).kind, 'go');
});

test('those who wait for the end of a suspension come back at the pace of its recovery', async () => {
  await using world = await setUp();
  await world.observe({ kind: 'deferred', text: '421 blocked' });
  world.clock.advance(8 * minuteMs);

  const leaves = await Promise.all(Array.from({ length: 4 }, () => world.other.ask(lane)));

  const delays = leaves.map((leave) => (leave.kind === 'wait' ? leave.delayMs / 1_000 : 0));
  assert.deepEqual(delays, [120, 124, 128, 132]);
});

test('what was taken comes back in equal steps, not at once (additive increase)', async () => {
  await using world = await setUp();
  await world.observe({ kind: 'deferred', text: '421 blocked' });
  world.clock.advance(10 * minuteMs);

  const seen: (readonly [number, number])[] = [];
  for (let step = 0; step < 5; step += 1, world.clock.advance((40 * minuteMs) / 4))
    seen.push(await world.inForce());

  assert.deepEqual(
    seen,
    [
      [15, 2],
      [30, 5],
      [45, 7],
      [60, 10],
      [60, 10],
    ].map(([rate, connections]) => [rate, connections]),
  );
});

test('a threshold takes as many answers in its time, and slows to what the rule says', async () => {
  await using world = await setUp();

  await world.observe(tooFast);
  await world.observe(tooFast);
  world.clock.advance(10 * minuteMs + 1);
  await world.observe(tooFast);
  assert.deepEqual(await world.inForce(), [60, 10], 'two of the three are too old');
  await world.observe(tooFast);
  await world.observe(tooFast);

  assert.deepEqual(await world.inForce(), [6, 1]);
  world.clock.advance(30 * minuteMs);
  assert.deepEqual(await world.inForce(), [15, 2], 'the first of five steps, each a sixth of the way');
});

test('an override slows all shapers together', async () => {
  await using world = await setUp();
  for (let count = 0; count < 3; count += 1) await world.observe(tooFast);

  let sent = 0;
  for (let second = 0; second < 300; second += 1, world.clock.advance(1_000)) {
    const leaves = await Promise.all(world.shapers.map((shaper) => shaper.ask(lane)));
    sent += leaves.filter(({ kind }) => kind === 'go').length;
  }

  assert.ok(sent >= 29 && sent <= 31, `${sent} in five minutes`);
});

test('B1: answers under way do not make a suspension last, nor count towards the next', async () => {
  await using world = await setUp();
  const blocked: SiteAnswer = { kind: 'deferred', text: '421 blocked' };
  await world.observe(blocked);
  world.clock.advance(9 * minuteMs);
  for (let count = 0; count < 5; count += 1) await world.observe(blocked);

  const [override] = await world.overrides();
  world.clock.advance(minuteMs);

  assert.equal(override?.untilMs, world.clock.nowMs());
  assert.equal((await world.other.ask(lane)).kind, 'go');
  await world.observe(blocked);
  assert.equal((await world.other.ask(lane)).kind, 'wait', 'in its recovery it comes again');
});

test('a class that suspends does so for as long as its rule says, where no rule of shaping knows better', async () => {
  await using world = await setUp();
  const suspends = {
    kind: 'deferred',
    class: 'throttled',
    action: 'suspend',
    suspendMs: 15 * minuteMs,
  } as const;

  await world.observe({ ...suspends, text: '451 known to all' });
  assert.deepEqual(await world.overrides(), []);
  await world.observe({ ...suspends, text: '451 no more of you' });

  const [override] = await world.overrides();
  assert.equal(override?.rule, 'replies.throttled');
  assert.equal(override?.untilMs, world.clock.nowMs() + 15 * minuteMs);
});

test('a time that the peer names is believed, within bounds', async () => {
  for (const [namedWaitMs, minutes] of [
    [20 * minuteMs, 20],
    [1, 0.5],
    [90 * 24 * 60 * minuteMs, 240],
  ] as const) {
    await using world = await setUp();
    await world.observe({
      kind: 'deferred',
      text: '421',
      action: 'suspend',
      suspendMs: minuteMs,
      namedWaitMs,
    });
    const [override] = await world.overrides();
    const untilMs = world.clock.nowMs() + minutes * minuteMs;
    const recoveryMs = Math.min(2 * minutes, 30) * minuteMs;
    assert.deepEqual([override?.untilMs, override?.endMs], [untilMs, untilMs + recoveryMs]);
  }
});

test('what was delivered, and what only asks for another try, changes nothing', async () => {
  await using world = await setUp();

  await world.observe({ kind: 'delivered', text: '250 blocked' });
  await world.observe({ kind: 'deferred', text: '451 later', class: 'greylisted', action: 'retry' });
  await world.observe({
    kind: 'bounced',
    text: '550 no such user',
    class: 'unknown-recipient',
    action: 'bounce',
  });

  assert.deepEqual(await world.overrides(), []);
});

test('no mail address of a reply is kept or shown', async () => {
  await using world = await setUp();
  for (let count = 0; count < 3; count += 1) await world.observe(tooFast);

  const [override] = await world.overrides();

  assert.equal(override?.reply, '451 4.7.1 <…> you are too fast, …');
  const kept = await world.client.hvals('ph:shaping:{mx.example.net|192.0.2.1}:overrides');
  assert.doesNotMatch(kept.join(), /jane|@/);
});

test('of several overrides the strictest counts, and each ends by itself', async () => {
  await using world = await setUp();
  for (let count = 0; count < 3; count += 1) await world.observe(tooFast);
  await world.observe({ kind: 'deferred', text: '421 blocked' });

  assert.deepEqual(await world.inForce(), [0, 0]);
  world.clock.advance(10 * minuteMs);
  assert.deepEqual(await world.inForce(), [6, 1]);
  world.clock.advance(80 * minuteMs);
  assert.deepEqual(await world.inForce(), [60, 10]);
  assert.deepEqual(await world.overrides(), []);
});

test('a clock that was wrong for a while holds nothing up for long', async () => {
  await using world = await setUp();
  world.clock.advance(24 * 60 * minuteMs);
  await world.other.ask(lane);
  world.clock.advance(-24 * 60 * minuteMs);

  await world.other.ask(lane);
  world.clock.advance(1_000);

  assert.equal((await world.other.ask(lane)).kind, 'go');
});

async function setUp() {
  const world = await withShapers(yaml, { count: 3 });
  const { redis: _, shaper, shapers, clock, client } = world;
  const reader = createSiteReader({ redis: client, rules: world.rules, clock });
  const other = shapers[1] ?? shaper;
  await other.ask({ ...lane, ip: '192.0.2.9' });
  const view = async () =>
    (await reader.list({ ip: lane.ip, limit: 10 })).sites.find(({ site }) => site === lane.site);
  return {
    ...world,
    other,
    /** What the peer says to one dispatcher, once it is counted. */
    observe: async (answer: SiteAnswer) => {
      await using observer = world.start('observer');
      observer.observe(lane, answer);
    },
    overrides: async () => (await view())?.overrides ?? [],
    inForce: async () => {
      await shaper.ask({ ...lane, site: 'x.example' });
      const inForce = (await view())?.inForce;
      return [inForce?.messagesPerMinute ?? 60, inForce?.connections ?? 10] as const;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
