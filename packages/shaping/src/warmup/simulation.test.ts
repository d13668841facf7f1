import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMoodyReceiver } from './testing/moody-receiver.ts';
import { warmupWorld } from './testing/warmup-world.ts';
import type { Warmup } from './warmup.ts';

const on = { ip: '192.0.2.1', provider: 'google.com' };
/** The shipped plan's 30 days in small, as every message is a call. */
const plan = Array.from({ length: 30 }, (_, day) => Math.round(24 * 1.12 ** day));
const days = 45;

test('B2 over 45 days and three dispatchers the plan keeps its limits, holds, steps back, recovers and ends warm', async () => {
  await using world = await warmupWorld({ plan, dispatchers: 3 });
  const receiver = createMoodyReceiver((day) => moods[day] ?? 'well');
  const limits: number[] = [];
  const states: string[] = [];

  for (let day = 1; day <= days; day += 1) {
    const [before] = (await world.warmup.read(on.ip)).providers;
    limits.push(before ? (before.limit ?? Number.POSITIVE_INFINITY) : (plan[0] ?? 0));
    if (!holidays.includes(day)) await sendFor(day, world, receiver);
    states.push((await look(world.warmup)).state);
    world.nextDay();
  }

  const { history, planDay } = await look(world.warmup);
  const told = history.toReversed();
  for (const [at, limit] of limits.entries())
    assert.ok(receiver.seenOn(at + 1) <= limit, `day ${at + 1}: ${receiver.seenOn(at + 1)} of ${limit}`);
  for (const [day, kind] of Object.entries(expected))
    assert.equal(told.find(({ date }) => date === dateOf(Number(day)))?.verdict, kind, `day ${day}`);
  const blocked = [16, 17, 18].map((day) => told.find(({ date }) => date === dateOf(day))?.planDay ?? 0);
  assert.deepEqual(
    blocked.map((planDayThen) => planDayThen - (blocked[0] ?? 0)),
    [0, -2, -4],
  );
  assert.equal(
    told.some(({ date }) => holidays.map(dateOf).includes(date)),
    false,
  );
  assert.deepEqual([states[38], states.at(-1), planDay], ['warming', 'warm', 30]);
});

const moods: Record<number, 'deferring' | 'blocking'> = {
  8: 'deferring',
  9: 'deferring',
  16: 'blocking',
  17: 'blocking',
};
const holidays = [23, 24];
const expected = {
  1: 'advanced',
  7: 'advanced',
  8: 'held-acceptance',
  9: 'held-acceptance',
  10: 'advanced',
  16: 'stepped-back',
  17: 'stepped-back',
  18: 'advanced',
  25: 'advanced',
};

/** A day on which there is always mail: each dispatcher sends what it may, hour by hour, and gives some leaves back. */
async function sendFor(
  day: number,
  { warmups, clock, nextHour, counted }: Awaited<ReturnType<typeof warmupWorld>>,
  receiver: ReturnType<typeof createMoodyReceiver>,
): Promise<void> {
  const midnightMs = clock.nowMs() + 86_400_000;
  for (let hour = 0; hour < 23; hour += 1) {
    const pauses = await Promise.all(warmups.map((warmup) => sendFrom(warmup, () => receiver.answer(day))));
    await counted();
    if (pauses.every((untilMs) => untilMs >= midnightMs)) return;
    nextHour();
  }
}

/** Most that one dispatcher sends in an hour where nothing limits it, as when the address is warm. */
const perHourMax = 40;

async function sendFrom(warmup: Warmup, answer: () => Parameters<Warmup['record']>[1]): Promise<number> {
  for (let asked = 1; asked <= perHourMax; asked += 1) {
    const taken = await warmup.take(on);
    if (taken.kind === 'full') return taken.untilMs;
    if (asked % 7 === 0) warmup.giveBack({ ...on, ...(taken.hour !== undefined && { hour: taken.hour }) });
    else warmup.record(on, answer());
  }
  return 0;
}

async function look(warmup: Warmup) {
  const { providers } = await warmup.read(on.ip);
  return providers[0] ?? assert.fail('no plan');
}

function dateOf(day: number): string {
  return new Date(Date.UTC(2026, 4, day)).toISOString().slice(0, 10);
}
