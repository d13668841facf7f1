import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isFault } from '@posthorn/runtime';
import { defaultWarmupPlan } from './plan.ts';
import { sendAllDay, warmupWorld } from './testing/warmup-world.ts';

const on = { ip: '192.0.2.1', provider: 'google.com' };
const plan = [40, 60, 80, 100];

test('B2 the shipped plan grows by a third a day, from 50 to 200,000 in 30 sending days', () => {
  const growth = defaultWarmupPlan.slice(1).map((limit, day) => limit / (defaultWarmupPlan[day] ?? 1));

  assert.deepEqual(
    [defaultWarmupPlan[0], defaultWarmupPlan.at(-1), defaultWarmupPlan.length],
    [50, 200_000, 30],
  );
  assert.ok(
    growth.every((factor) => factor > 1.2 && factor <= 1.41),
    String(growth),
  );
});

test('a day’s limit leaves in hourly shares, then nothing until the next UTC day, and the wait says why', async () => {
  await using world = await warmupWorld({ plan: [200, 300] });
  const { warmup, clock } = world;

  const hour = await Promise.all(Array.from({ length: 40 }, () => warmup.take(on)));
  const sent = await sendAllDay(world, on, () => 'accepted');
  const full = await warmup.take(on);

  const late = hour.find(({ kind }) => kind === 'full');
  assert.equal(hour.filter(({ kind }) => kind === 'go').length, 25);
  assert.deepEqual(late, {
    kind: 'full',
    untilMs: Date.UTC(2026, 4, 1, 1),
    text: "Warm-up of 192.0.2.1 at google.com, day 1 of 2: this hour's 25 of 200 messages are out; more from 2026-05-01T01:00:00.000Z.",
  });
  assert.equal(sent, 175);
  assert.ok(clock.nowMs() < Date.UTC(2026, 4, 1, 8), 'eight hours are enough for the day');
  assert.deepEqual(full, {
    kind: 'full',
    untilMs: Date.UTC(2026, 4, 2),
    text: "Warm-up of 192.0.2.1 at google.com, day 1 of 2: today's 200 messages are out; more from 2026-05-02T00:00:00.000Z.",
  });
});

test('B2 many dispatchers that ask at once get no more than the limit together', async () => {
  await using world = await warmupWorld({ plan: [160], dispatchers: 4 });

  const answers = await Promise.all(
    world.warmups.flatMap((warmup) => Array.from({ length: 50 }, () => warmup.take(on))),
  );

  assert.equal(answers.filter(({ kind }) => kind === 'go').length, 20);
});

test('each provider has a plan of its own', async () => {
  await using world = await warmupWorld({ plan });
  await sendAllDay(world, on, () => 'accepted');

  const other = await world.warmup.take({ ...on, provider: 'other' });

  const { providers } = await world.warmup.read(on.ip);
  assert.equal(other.kind, 'go');
  assert.deepEqual(
    providers.map(({ provider, today }) => [provider, today.taken]),
    [
      ['google.com', 40],
      ['other', 1],
    ],
  );
});

test('B2 the plan advances after a day of which 90 % was accepted, by sending days: days without mail are no step', async () => {
  await using world = await warmupWorld({ plan });

  await sendAllDay(world, on, (nth) => (nth % 10 === 0 ? 'deferred' : 'accepted'));
  world.nextDay(5);
  const found = await look(world);

  assert.deepEqual([found.planDay, found.limit, found.history.length], [2, 60, 1]);
  assert.equal(found.lastChange.text, 'Day 1 → 2: 36 of 40 answers on 2026-05-01 were acceptances.');
  assert.equal(await sendAllDay(world, on, () => 'accepted'), 60);
});

test('B2 the plan holds where less than 90 % was accepted, where complaints are many, and where little mail proves little', async () => {
  await using world = await warmupWorld({ plan });
  const seen: string[] = [];
  const look1 = async () => {
    world.nextDay();
    const { planDay, lastChange } = await look(world);
    seen.push(`${planDay} ${lastChange.kind}`);
  };

  await sendAllDay(world, on, (nth) => (nth % 9 === 0 ? 'deferred' : 'accepted'));
  await look1();
  await sendAllDay(world, on, () => 'accepted');
  for (let count = 0; count < 2; count += 1) world.warmup.record(on, 'complained');
  await world.counted();
  await look1();
  for (let count = 0; count < 19; count += 1) {
    await world.warmup.take(on);
    world.warmup.record(on, 'accepted');
  }
  await world.counted();
  await look1();

  assert.deepEqual(seen, ['1 held-acceptance', '1 held-complaints', '1 held-little-mail']);
});

test('B2 a block takes the plan two days back at once, and the rest of the day is over where its smaller limit is', async () => {
  await using world = await warmupWorld({ plan });
  for (let day = 0; day < 3; day += 1) {
    await sendAllDay(world, on, () => 'accepted');
    world.nextDay();
  }

  const sent = await sendAllDay(world, on, (nth) => (nth === 50 ? 'blocked' : 'accepted'));
  const after = await look(world);
  world.nextDay();

  assert.equal(sent, 60);
  assert.deepEqual([after.planDay, after.limit, after.lastChange.kind], [2, 60, 'stepped-back']);
  assert.match(after.lastChange.text, /^Day 4 → 2: 1 of \d+ answers on 2026-05-04 were blocks\.$/);
  assert.deepEqual([(await look(world)).planDay, (await look(world)).lastChange.kind], [2, 'stepped-back']);
});

test('one block among many answers is no step back, one in a hundred is', async () => {
  await using world = await warmupWorld({ plan: [2_000, 3_000] });
  await world.warmup.take(on);

  const kinds: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    world.warmup.record(on, 'blocked');
    await world.counted();
    kinds.push((await look(world)).lastChange.kind);
  }

  assert.deepEqual(kinds, ['started', 'stepped-back']);
});

test('what is given back may be taken again, but not by the day after', async () => {
  await using world = await warmupWorld({ plan: [1, 1] });
  const { warmup } = world;
  const first = await warmup.take(on);
  const { hour } = first.kind === 'go' ? first : assert.fail();

  const full = await warmup.take(on);
  warmup.giveBack({ ...on, ...(hour !== undefined && { hour }) });
  await world.counted();
  const again = await warmup.take(on);
  world.nextDay();
  const tomorrow = await warmup.take(on);
  warmup.giveBack({ ...on, ...(hour !== undefined && { hour }) });
  await world.counted();
  const over = await warmup.take(on);

  assert.deepEqual(
    [full, again, tomorrow, over].map(({ kind }) => kind),
    ['full', 'go', 'go', 'full'],
  );
});

test('a day on which all was given back is no sending day', async () => {
  await using world = await warmupWorld({ plan });
  await world.warmup.take(on);
  world.warmup.giveBack(on);
  await world.counted();

  world.nextDay();
  await world.warmup.take(on);

  const { history, lastChange } = await look(world);
  assert.deepEqual([history, lastChange.kind], [[], 'started']);
});

test('B2 after the last day the address is warm: no limit, until 30 days without mail', async () => {
  await using world = await warmupWorld({ plan: [1, 1] });
  const { warmup } = world;
  const seen: string[] = [];
  for (const days of [1, 1, 1, 30, 31]) {
    await sendOne(world);
    const { state, planDay } = await look(world);
    seen.push(`${state} ${planDay} ${await warmup.isWarm(on.ip)}`);
    world.nextDay(days);
  }
  await sendOne(world);

  const { state, planDay, lastChange } = await look(world);
  assert.deepEqual(seen, ['warming 1 false', 'warming 2 false', 'warm 2 true', 'warm 2 true', 'warm 2 true']);
  assert.deepEqual([state, planDay, lastChange.kind], ['warming', 1, 'restarted']);
  assert.equal((await warmup.take(on)).kind, 'full');
});

test('two weeks without mail take a plan two days back', async () => {
  await using world = await warmupWorld({ plan });
  for (let day = 0; day < 3; day += 1) {
    await sendAllDay(world, on, () => 'accepted');
    world.nextDay(day === 2 ? 15 : 1);
  }

  const { planDay, lastChange } = await look(world);

  assert.deepEqual([planDay, lastChange.kind], [2, 'idle']);
});

test('an address is warm only once it is so for every provider that it has mail for', async () => {
  await using world = await warmupWorld({ plan: [1] });
  const { warmup } = world;
  const never = await warmup.isWarm('192.0.2.9');
  await sendOne(world);
  world.nextDay();
  await sendOne(world);

  const one = await warmup.isWarm(on.ip);
  await warmup.take({ ...on, provider: 'yahoo.com' });

  assert.deepEqual([never, one, await warmup.isWarm(on.ip)], [false, true, false]);
  assert.deepEqual(
    [await warmup.isWarm(on.ip, ['google.com']), await warmup.isWarm(on.ip, ['google.com', 'apple.com'])],
    [true, false],
  );
});

test('an address that is skipped has no limit; one that is started again begins where it is told, with its history', async () => {
  await using world = await warmupWorld({ plan: [1, 2, 3] });
  const { warmup } = world;
  await sendOne(world);
  world.nextDay();
  await warmup.take(on);

  await warmup.skip(on.ip);
  const skipped = await Promise.all([1, 2, 3].map(() => warmup.take(on)));
  const isWarm = await warmup.isWarm(on.ip);
  await warmup.start(on.ip, { startAtDay: 3 });
  await warmup.take(on);
  const { planDay, history, limit, lastChange } = await look(world);
  await warmup.forget(on.ip);

  assert.deepEqual([skipped.every(({ kind }) => kind === 'go'), isWarm], [true, true]);
  assert.deepEqual([planDay, limit, history.length], [3, 3, 1]);
  assert.equal(lastChange.text, 'Warm-up began at day 3 of the plan.');
  assert.deepEqual((await warmup.read(on.ip)).providers, []);
});

test('the last 60 sending days are kept, the newest first', async () => {
  await using world = await warmupWorld({ plan: [9] });
  for (let day = 0; day < 62; day += 1) {
    await sendOne(world);
    world.nextDay();
  }

  const { history } = await look(world);

  assert.equal(history.length, 60);
  assert.deepEqual([history[0]?.date, history.at(-1)?.date], ['2026-07-01', '2026-05-03']);
  assert.deepEqual(history[0], {
    ...{ date: '2026-07-01', planDay: 1, limit: 9, verdict: 'held-little-mail' },
    ...{ taken: 1, accepted: 1, deferred: 0, blocked: 0, complained: 0 },
  });
});

test('answers for an address that has no plan are nobody’s, and reading changes nothing', async () => {
  await using world = await warmupWorld({ plan });

  world.warmup.record(on, 'blocked');
  world.warmup.giveBack(on);
  await world.counted();

  assert.deepEqual(await world.warmup.read(on.ip), { ip: on.ip, mode: 'plan', plan, providers: [] });
});

test('without Redis a question fails as unavailable, and counting is lost without a word', async () => {
  await using world = await warmupWorld({ plan });
  await world.redis.kill();

  for (const call of [world.warmup.take(on), world.warmup.read(on.ip), world.warmup.skip(on.ip)])
    await assert.rejects(call, (error) => isFault(error, 'unavailable'));
  world.warmup.record(on, 'accepted');
  world.warmup.giveBack(on);
  await world.counted();
});

test('scripts are found again after Redis lost them', async () => {
  await using world = await warmupWorld({ plan });
  await world.warmup.take(on);
  await world.redis.kill();
  await world.redis.restart();

  const kinds: string[] = [];
  while (kinds.at(-1) !== 'go') {
    await setImmediate();
    kinds.push(
      await world.warmup.take(on).then(
        ({ kind }) => kind,
        () => 'away',
      ),
    );
  }

  assert.equal((await look(world)).today.taken, 2);
});

type World = Awaited<ReturnType<typeof warmupWorld>>;

async function look({ warmup }: World) {
  const { providers } = await warmup.read(on.ip);
  return providers[0] ?? assert.fail('no plan');
}

async function sendOne({ warmup, counted }: World): Promise<void> {
  assert.equal((await warmup.take(on)).kind, 'go');
  warmup.record(on, 'accepted');
  await counted();
}
