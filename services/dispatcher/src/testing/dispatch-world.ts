import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DispatchItem, dispatchLane, type EventsItem, eventsLane } from '@posthorn/contracts';
import {
  allDone,
  type BagHandler,
  connectRedis,
  consume,
  createPostbox,
  type RedisLink,
} from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import {
  type SmtpSink,
  type SmtpSinkOptions,
  startSmtpSink,
  type TestRedis,
  withTestRedis,
} from '@posthorn/testing';
import { createMarkSeal } from '../mark-seal.ts';
import { createSourceSnapshot, type SourceList } from '../sources/source-snapshot.ts';

/** Short, so that a test need not wait for a dead worker's bags. */
export const shortLease = { lockDurationMs: 2_000, stalledIntervalMs: 400 };

/** What a dispatcher lives between: a real Redis with its lanes, and a receiver. MongoDB is away, as it may be. */
export type DispatchWorld = AsyncDisposable & {
  redis: TestRedis;
  sink: SmtpSink;
  /** What came out on the events lane so far, duplicates and all. */
  events: readonly EventsItem[];
  /** The environment of a dispatcher in this world. */
  env: Record<string, string>;
  /** What dispatchers find of pools and addresses when they start. */
  setSources(list: SourceList, sealKey?: string): Promise<void>;
  /** Posts `count` items to the recipient with that local part, each with a probe id of its own; resolves with those. */
  post(localPart: string, count: number, fields?: Partial<DispatchItem>): Promise<string[]>;
};

export async function createDispatchWorld(sinkOptions: SmtpSinkOptions = {}): Promise<DispatchWorld> {
  await using scope = new AsyncDisposableStack();
  const log = silentLogger;
  const redis = scope.use(await withTestRedis());
  const sink = scope.use(await startSmtpSink(sinkOptions));
  const poster = scope.use(await connectRedis({ url: redis.url, role: 'poster', log }));
  const worker = scope.use(await connectRedis({ url: redis.url, role: 'worker', log }));
  const postbox = scope.use(
    createPostbox(dispatchLane('default'), { redis: poster, log, timeoutMs: 10_000 }),
  );
  const journalFolder = await mkdtemp(path.join(tmpdir(), 'posthorn-journal-'));
  scope.defer(() => rm(journalFolder, { recursive: true, force: true }));
  const events: EventsItem[] = [];
  scope.use(collectEvents(events, worker));
  const opened = scope.move();

  return {
    redis,
    sink,
    events,
    env: {
      REDIS_URL: redis.url,
      MONGODB_URL: 'mongodb://127.0.0.1:1/away',
      SMTP_ROUTE: `smtp://${sink.host}:${sink.port}`,
      LOG_LEVEL: 'fatal',
      JOURNAL_FOLDER: journalFolder,
      SHUTDOWN_TIMEOUT_MS: '20000',
    },
    setSources: (list, sealKey) => {
      const seal = sealKey === undefined ? undefined : createMarkSeal(sealKey);
      return createSourceSnapshot({ redis: poster.client, seal }).write(list);
    },
    async post(localPart, count, fields = {}) {
      const items = Array.from({ length: count }, () => anItem(`${localPart}@example.org`, fields));
      await postbox.postAll(items);
      return items.map(({ statusId }) => statusId);
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

function collectEvents(into: EventsItem[], redis: RedisLink): AsyncDisposable {
  const collect: BagHandler<EventsItem> = async (items) => {
    into.push(...items.map(({ item }) => item));
    return allDone;
  };
  return consume(eventsLane, collect, { redis, concurrency: 4, log: silentLogger });
}

/** A message to one recipient, with a probe id of its own. */
export function anItem(address: string, fields: Partial<DispatchItem>): DispatchItem {
  const statusId = randomUUID();
  return {
    ...{ id: `${statusId}-t`, statusId, accountId: 1, emailId: 2, acceptedAtMs: Date.now() },
    returnPath: 'b@bounce.example',
    recipients: [{ deliveryId: `${statusId}:0`, address }],
    rendition: `X-Probe-Id: ${statusId}\r\nSubject: x\r\n\r\n${'0123456789 abcdef\r\n'.repeat(50)}`,
    ...{ smtpUtf8: false, expiresAtMs: Date.now() + 3_600_000, onAmbiguous: 'retry' },
    ...fields,
  };
}
