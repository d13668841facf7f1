import { connectRedis } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { createWarmup, type Warmup, type WarmupResult } from '../warmup.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** For tests: a real Redis, and dispatchers that ask it, each over a connection of its own, on one clock. */
export async function warmupWorld({ plan, dispatchers = 1 }: { plan?: number[]; dispatchers?: number } = {}) {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const clock = createFakeClock(Date.UTC(2026, 4, 1));
  const warmups: Warmup[] = [];
  for (let count = 0; count < dispatchers; count += 1) {
    const link = scope.use(await connectRedis({ url: redis.url, role: 'poster', log: silentLogger }));
    warmups.push(createWarmup({ redis: link.client, clock, ...(plan && { plan }) }));
  }
  const [warmup] = warmups;
  if (!warmup) throw new Error('A test needs a dispatcher.');

  const opened = scope.move();
  return {
    ...{ redis, clock, warmups, warmup },
    /** Goes to the next UTC midnight, or that of `days` days on. */
    nextDay: (days = 1) => clock.advance(days * dayMs - (clock.nowMs() % dayMs)),
    nextHour: () => clock.advance(hourMs - (clock.nowMs() % hourMs)),
    /** Waits until everything is counted. */
    counted: () => Promise.all(warmups.map((each) => each[Symbol.asyncDispose]())),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Sends all that may leave today, hour by hour, each message with the same answer; resolves with how many left. */
export async function sendAllDay(
  { warmup, nextHour, counted, clock }: Awaited<ReturnType<typeof warmupWorld>>,
  on: { ip: string; provider: string },
  answer: (nth: number) => WarmupResult,
): Promise<number> {
  let sent = 0;
  const day = Math.floor(clock.nowMs() / dayMs);
  for (;;) {
    const taken = await warmup.take(on);
    if (taken.kind === 'go') warmup.record(on, answer(sent++));
    else {
      await counted();
      if (taken.untilMs >= (day + 1) * dayMs) return sent;
      nextHour();
    }
  }
}
