import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import type { BenchSystem } from './bench-system.ts';
import { startChild } from './child.ts';
import type { GeneratorOrder, GeneratorReport } from './generator.ts';
import { cpuMsOf } from './process-cpu.ts';
import type { SinkReport } from './sink.ts';
import { quantile } from './statistics.ts';

export type WholePathResult = Readonly<{
  sends: number;
  senders: number;
  /** From the first request to the last final dot. */
  sendsPerSecond: number;
  /** From the first request until every event was in the store. */
  recordedPerSecond: number;
  acceptMs: Readonly<{ p50: number; p99: number }>;
  /** From the caller's answer to the receiver's final dot. */
  toDotMs: Readonly<{ p50: number; p99: number }>;
  /** CPU of each process, in µs for each send. */
  cpuMicros: Readonly<Record<string, number>>;
  arrived: Readonly<{ once: number; twice: number; never: number }>;
  refused: Readonly<Record<string, number>>;
  /** Events in the counters, by what they count. */
  recorded: Readonly<Record<string, number>>;
}>;

export type WholePathOptions = Readonly<{
  sends: number;
  senders: number;
  /** Rest of each sender between two sends. */
  pauseMs?: number;
  /** Of the recipients, in turn. */
  domains?: readonly string[];
}>;

/** Patience for what was accepted to arrive and to be recorded. */
const drainTimeoutMs = 600_000;
/** Rare enough not to weigh on what is measured. */
const pollMs = 250;

/** Sends `sends` messages by `senders` at once through the whole system and accounts for every one of them. */
export async function measureWholePath(
  system: BenchSystem,
  { sends, senders, pauseMs = 0, domains = [] }: WholePathOptions,
): Promise<WholePathResult> {
  const { instance, sink, emailId } = system;
  const earlier = await sink.ask<number>('count');
  const recordedBefore = await recordedOf(system);
  const cpuBefore = cpuOf(system);
  using generator = startChild('generator.ts');
  const order: GeneratorOrder = {
    port: Number(new URL(instance.apiUrl).port),
    apiKey: instance.apiKey,
    emailId,
    count: sends,
    senders,
    pauseMs,
    domains,
    run: String(earlier),
  };
  const startedAtMs = Date.now();

  const report = await generator.ask<GeneratorReport>(order);
  const accepted = report.accepted.length;
  await until(async () => (await sink.ask<number>('count')) >= earlier + accepted);
  const { arrived, cpuMs: sinkCpuMs } = await sink.ask<SinkReport>('report');
  await until(
    async () =>
      ((await recordedOf(system))['delivered'] ?? 0) >= (recordedBefore['delivered'] ?? 0) + accepted,
  );
  const recordedAtMs = Date.now();
  const recordedNow = await recordedOf(system);

  const dots = dotTimes(arrived.slice(earlier));
  const times = report.accepted.map(([statusId]) => dots.get(statusId) ?? []);
  const lastDotMs = Math.max(...times.flat());
  return {
    sends: accepted,
    senders,
    sendsPerSecond: rate(accepted, lastDotMs - startedAtMs),
    recordedPerSecond: rate(accepted, recordedAtMs - startedAtMs),
    acceptMs: spread(report.accepted.map(([, askedAtMs, answeredAtMs]) => answeredAtMs - askedAtMs)),
    toDotMs: spread(
      report.accepted.map(
        ([statusId, , answeredAtMs]) => (dots.get(statusId)?.[0] ?? Number.NaN) - answeredAtMs,
      ),
    ),
    cpuMicros: {
      ...perSend(cpuBefore, cpuOf(system), accepted),
      generator: Math.round((report.cpuMs * 1_000) / accepted),
      'sink since start': Math.round((sinkCpuMs * 1_000) / arrived.length),
    },
    arrived: {
      once: times.filter((dot) => dot.length === 1).length,
      twice: times.filter((dot) => dot.length > 1).length,
      never: times.filter((dot) => dot.length === 0).length,
    },
    refused: report.refused,
    recorded: difference(recordedBefore, recordedNow),
  };
}

/** When each send's message reached the sink, by the `statusId` that its Message-ID holds. */
function dotTimes(arrived: SinkReport['arrived']): Map<string, number[]> {
  const dots = new Map<string, number[]>();
  for (const [messageId, atMs] of arrived) {
    const statusId = messageId.replace(/^<|@.*$/g, '');
    dots.set(statusId, [...(dots.get(statusId) ?? []), atMs]);
  }
  return dots;
}

/** CPU time in milliseconds that each part has used so far. */
export function cpuOf({ instance }: Pick<BenchSystem, 'instance'>): Record<string, number> {
  return Object.fromEntries(Object.entries(instance.pids).map(([part, pid]) => [part, cpuMsOf(pid)]));
}

/** What a send cost, in µs, given what had been used before and after so many of them. */
export function perSend(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  sends: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([part, ms]) => [
      part,
      Math.round(((ms - (before[part] ?? 0)) * 1_000) / sends),
    ]),
  );
}

/** Events of the bench email, or of another one, that are in the store's counters. */
export async function recordedOf({
  instance,
  emailId,
}: Pick<BenchSystem, 'instance' | 'emailId'>): Promise<Record<string, number>> {
  await using store = await connectStore({ url: instance.mongodbUrl, log: silentLogger });
  await store.whenReady();
  const day = 86_400_000;
  const [total] = await store.counters.total({
    accountId: instance.accountId,
    emailIds: [emailId],
    fromMs: Date.now() - day,
    toMs: Date.now() + day,
  });
  return Object.fromEntries(Object.entries(total?.counts ?? {}).map(([name, count]) => [name, count ?? 0]));
}

function difference(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
  );
}

function spread(valuesMs: readonly number[]): { p50: number; p99: number } {
  return { p50: round(quantile(valuesMs, 0.5)), p99: round(quantile(valuesMs, 0.99)) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function rate(count: number, elapsedMs: number): number {
  return Math.round((count * 1_000) / elapsedMs);
}

/** Asks again and again. Rejects when it takes longer than `timeoutMs`, what was accepted not having drained. */
export async function until(isDone: () => Promise<boolean>, timeoutMs = drainTimeoutMs): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isDone())) {
    if (Date.now() > deadline)
      throw new Error(`What was accepted did not drain in ${timeoutMs / 60_000} minutes`);
    await new Promise((go) => setTimeout(go, pollMs));
  }
}
