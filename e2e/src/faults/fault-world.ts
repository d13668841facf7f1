import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '@posthorn/local/redis';
import {
  type Arrival,
  type FaultProxy,
  openSubmissionLedger,
  readSubmissions,
  type SubmissionEntry,
  type SubmissionLedger,
  startFaultProxy,
} from '@posthorn/testing';
import { z } from 'zod';
import { publishEmail } from '../author.ts';
import { type RunningSystem, startRunningSystem } from '../running-system.ts';

/** A whole system between a generator and a sink, each with a ledger that survives whatever is done to the system. */
export type FaultWorld = AsyncDisposable &
  Readonly<{
    system: RunningSystem;
    emailId: number;
    ledger: SubmissionLedger;
    submissions(): Promise<SubmissionEntry[]>;
    arrivals(): Promise<TimedArrival[]>;
    /** Final dots so far; one for each recipient. */
    arrivedCount(): Promise<number>;
    /** The way from every service to a Redis of the world's own, where it was asked for. */
    redisProxy: FaultProxy | undefined;
  }>;

export type FaultWorldOptions = Readonly<{
  env?: Readonly<Record<string, string>> | undefined;
  /** A Redis of the world's own behind a proxy, its data in `redisHome` where that is given. */
  hasRedisProxy?: boolean | undefined;
  redisHome?: string | undefined;
}>;

export type TimedArrival = Arrival & Readonly<{ atMs: number }>;

const SinkLine = z.object({ rcpt: z.string(), atMs: z.number() });

/** Starts the system with its mail going to the sink. */
export async function startFaultWorld(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  await using scope = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'posthorn-faults-'));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const sinkLedger = path.join(folder, 'sink.jsonl');
  const sink = fork(path.join(import.meta.dirname, 'sink-process.ts'), [sinkLedger]);
  scope.defer(() => void sink.kill('SIGKILL'));
  const port = z.int().parse((await once(sink, 'message'))[0]);
  const redisProxy = options.hasRedisProxy
    ? scope.use(await startProxiedRedis(options, folder, scope))
    : undefined;
  const system = scope.use(
    await startRunningSystem({
      ...{ SMTP_ROUTE: `smtp://127.0.0.1:${port}`, LOG_LEVEL: 'info' },
      ...(redisProxy && { REDIS_URL: `redis://127.0.0.1:${redisProxy.port}` }),
      ...options.env,
    }),
  );
  const emailId = await publishEmail(system.instance);
  const submissionsFile = path.join(folder, 'submissions.jsonl');
  const ledger = scope.use(await openSubmissionLedger(submissionsFile));
  const opened = scope.move();

  return {
    ...{ system, emailId, ledger, redisProxy },
    submissions: () => readSubmissions(submissionsFile),
    async arrivals() {
      const corrupt = new Set(z.array(z.string()).parse(await ask(sink, 'corrupt')));
      const lines = (await readFile(sinkLedger, 'utf8')).trimEnd().split('\n').filter(Boolean);
      return lines
        .map((line) => SinkLine.parse(JSON.parse(line)))
        .filter(({ rcpt }) => rcpt.endsWith('@probe.example'))
        .map(({ rcpt, atMs }) => ({ probe: probeOf(rcpt), isIntact: !corrupt.has(rcpt), atMs }));
    },
    arrivedCount: async () => z.int().parse(await ask(sink, 'count')),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startProxiedRedis(
  { redisHome }: FaultWorldOptions,
  folder: string,
  scope: AsyncDisposableStack,
): Promise<FaultProxy> {
  const redis = scope.use(await startRedis({ port: 0, home: redisHome ?? path.join(folder, 'redis') }));
  return await startFaultProxy({ port: redis.port });
}

async function ask(child: ChildProcess, question: string): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(question);
  return (await answer)[0];
}

function probeOf(address: string): string {
  return address.slice(address.indexOf('+') + 1, address.lastIndexOf('@'));
}
