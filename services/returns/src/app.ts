import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { eventsLane, returnsLane } from '@posthorn/contracts';
import { keyringFromSecret } from '@posthorn/mail';
import {
  type Consumer,
  connectRedis,
  consume,
  createPostbox,
  eachItem,
  type RedisLink,
} from '@posthorn/queue';
import { type Logger, startHealthServer, startThreadPool, systemClock } from '@posthorn/runtime';
import { watchShapingRules } from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import { connectStore, type Store } from '@posthorn/store';
import type { Config } from './config.ts';
import { createReadReturn } from './handlers/read-return.ts';
import { createKeepForPostmaster } from './keep-for-postmaster.ts';
import { parseLimits } from './parse/parse-limits.ts';
import type { ReadTask, Report } from './parse/report.ts';
import { createReader } from './reader.ts';
import { createSignedSubject } from './signed-subject.ts';
import { createJudgeRecipient } from './smtp/judge-recipient.ts';
import { startSmtpIntake } from './smtp/smtp-intake.ts';
import { createVouch, type Resolve } from './vouch.ts';
import { createCountComplaint } from './warmup-complaint.ts';

/** A running service. Disposing it closes the port first, then finishes what is being read. */
export type Returns = AsyncDisposable & { smtpPort: number; healthPort: number };

const clock = systemClock;
/** Kept back of the shutdown's time for closing what is left. */
const closingMs = 8_000;
const dnsTimeoutMs = 3_000;

/** Wires the service and starts it; the port opens last, when what it takes can be stored. */
export async function startReturns(
  config: Config,
  log: Logger,
  { resolve = createResolve(config) }: { resolve?: Resolve } = {},
): Promise<Returns> {
  await using scope = new AsyncDisposableStack();
  const { redis, lane, smtp, complaints } = config;
  const keyring = keyringFromSecret(config.secret);

  const store = scope.use(await connectStore({ ...config.mongodb, log }));
  const worker = scope.use(await connectRedis({ ...redis, role: 'worker', log }));
  const poster = scope.use(await connectRedis({ ...redis, role: 'poster', log }));
  // Without blobs: what was taken must not wait for MongoDB.
  const returns = scope.use(createPostbox(returnsLane, { redis: poster, log, ...lane }));
  const pool = scope.use(startReading(config, log));
  const consumer = await startConsumer(scope, config, log, {
    store,
    worker,
    poster,
    read: pool.run,
    resolve,
  });
  const { live, ready } = consumer.healthChecks;
  const health = scope.use(
    await startHealthServer(
      {
        live: { consumer: live, threads: pool.healthCheck },
        ready: { redis: ready, returns: returns.isHealthy() },
      },
      config.health,
    ),
  );
  const judge = createJudgeRecipient({
    ...{ keyring, complaintAddresses: complaints.addresses },
    returnPathDaysMax: config.returnPathDaysMax,
  });
  const intake = scope.use(
    await startSmtpIntake({
      ...smtp,
      ...{ judge, clock, log, postAll: returns.postAll, tls: await readTls(config) },
    }),
  );

  const running = scope.move();
  return {
    smtpPort: intake.port,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function startReading({ threads }: Config, log: Logger) {
  return startThreadPool<ReadTask, Report>({
    script: new URL('./parse/thread.ts', import.meta.url),
    ...{ size: threads, memoryMib: parseLimits.memoryMib, workerData: {}, log },
    // Not `exit`, which waits for the thread. The bag that did it is run again, and parked when it does so again.
    onStuck: () => process.kill(process.pid, 'SIGKILL'),
  });
}

type Opened = Readonly<{
  store: Store;
  worker: RedisLink;
  poster: RedisLink;
  read: Parameters<typeof createReader>[0];
  resolve: Resolve;
}>;

async function startConsumer(
  scope: AsyncDisposableStack,
  { lane, concurrency, complaints, secret, shutdownTimeoutMs, shapingFile }: Config,
  log: Logger,
  { store, worker, poster, read, resolve }: Opened,
): Promise<Consumer> {
  const events = scope.use(createPostbox(eventsLane, { redis: poster, log, blobs: store.blobs, ...lane }));
  const rules = scope.use(
    watchShapingRules({ ...(shapingFile !== undefined && { path: shapingFile }), log }),
  );
  const warmup = scope.use(createWarmup({ redis: poster.client, clock }));
  const readReturn = createReadReturn({
    read: createReader(read),
    findSignedSubject: createSignedSubject({
      keyring: keyringFromSecret(secret),
      complaintDaysMax: complaints.daysMax,
    }),
    vouch: createVouch({ sources: complaints.sources, resolve }),
    findSend: (accountId, statusId) => store.sends.find(accountId, statusId),
    keepRaw: store.blobs.put,
    keepForPostmaster: createKeepForPostmaster({ blobs: store.blobs, clock }),
    postAll: events.postAll,
    countComplaint: createCountComplaint({
      eventsOf: (accountId, statusId) => store.events.listBySend(accountId, statusId),
      ...{ warmup, rules: rules.current },
    }),
    ...{ clock, log },
  });
  return scope.use(
    consume(returnsLane, eachItem(readReturn, { concurrency }), {
      ...{ redis: worker, concurrency, log, blobs: store.blobs, ...lane },
      closeTimeoutMs: Math.max(0, shutdownTimeoutMs - closingMs),
    }),
  );
}

async function readTls({ tlsFiles }: Config): Promise<{ key: string; cert: string } | undefined> {
  if (!tlsFiles) return undefined;
  const [key, cert] = await Promise.all([readFile(tlsFiles.key, 'utf8'), readFile(tlsFiles.cert, 'utf8')]);
  return { key, cert };
}

function createResolve({ dnsServers }: Config): Resolve {
  const resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 2 });
  if (dnsServers.length > 0) resolver.setServers(dnsServers);
  return (name, type) => resolver.resolve(name, type);
}
