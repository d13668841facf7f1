import type { SinkReport } from '../sink.ts';
import { perSend, until } from '../whole-path.ts';
import type { Contender, SendReport } from './contender.ts';

/** What one contender did in one round. */
export type Turn = Readonly<{
  /** Until the last message was answered, and until the last one arrived. */
  acceptedPerSecond: number;
  arrivedPerSecond: number;
  /** Until all was recorded too, where there are records. */
  recordedPerSecond: number | undefined;
  cpuMicros: number;
  cpuMicrosByPart: Readonly<Record<string, number>>;
  /** Of a message as it arrived. */
  bytesMean: number;
  once: number;
  twice: number;
  never: number;
  refused: SendReport['refused'];
}>;

export type TurnOptions = Readonly<{ messages: number; warmUp: number; scratch: string; run: string }>;

/** Starts a contender, warms it up, lets it send, accounts for every message, and ends it. */
export async function takeTurn(contender: Contender, options: TurnOptions): Promise<Turn> {
  const { messages, warmUp, scratch, run } = options;
  await using running = await contender.start(scratch);
  const { sink } = running;
  const untilArrived = (count: number) => until(async () => (await sink.ask<number>('count')) >= count);
  const warm = (await running.send(warmUp, `${run}w`)).accepted.length;
  await untilArrived(warm);
  await running.untilRecorded?.(warm);
  const before = await sink.ask<SinkReport>('report');
  const cpuBefore = running.cpuMs();

  const { accepted, refused } = await running.send(messages, run);
  await untilArrived(before.arrived.length + accepted.length);
  const after = await sink.ask<SinkReport>('report');
  await running.untilRecorded?.(warm + accepted.length);
  const recordedAtMs = Date.now();
  const cpuMicrosByPart = perSend(cpuBefore, running.cpuMs(), accepted.length);

  const arrived = after.arrived.slice(before.arrived.length);
  // Not when the generator's process began to start, which has nothing to do with the contender.
  const startedAtMs = accepted.reduce(
    (least, [, askedAtMs]) => Math.min(least, askedAtMs),
    Number.POSITIVE_INFINITY,
  );
  const rate = (untilMs: number) => Math.round((accepted.length * 1_000) / (untilMs - startedAtMs));
  return {
    acceptedPerSecond: rate(latest(accepted.map(([, , answeredAtMs]) => answeredAtMs))),
    arrivedPerSecond: rate(latest(arrived.map(([, atMs]) => atMs))),
    recordedPerSecond: running.untilRecorded && rate(recordedAtMs),
    cpuMicros: Object.values(cpuMicrosByPart).reduce((sum, micros) => sum + micros, 0),
    cpuMicrosByPart,
    bytesMean: Math.round((after.bytes - before.bytes) / arrived.length),
    ...account(accepted, arrived),
    refused,
  };
}

function latest(timesMs: readonly number[]): number {
  return timesMs.reduce((most, timeMs) => Math.max(most, timeMs), 0);
}

/** A send over HTTP is known by its Message-ID, a message over SMTP by its recipient, which no contender changes. */
function account(accepted: SendReport['accepted'], arrived: SinkReport['arrived']) {
  const times = new Map<string, number>();
  for (const [messageId, , recipient] of arrived) {
    const names = [messageId.replace(/^<|@.*$/g, ''), recipient.replace(/^customer-|@.*$/g, '')];
    for (const id of new Set(names)) times.set(id, (times.get(id) ?? 0) + 1);
  }
  const seen = accepted.map(([id]) => times.get(id) ?? 0);
  return {
    once: seen.filter((count) => count === 1).length,
    twice: seen.filter((count) => count > 1).length,
    never: seen.filter((count) => count === 0).length,
  };
}
