import { Fault, type HealthCheck, type Logger } from '@posthorn/runtime';
import { Cluster, Redis } from 'ioredis';
import { deadlineAfter } from './deadline.ts';
import { assertDurable } from './durability.ts';
import { createMemoryGauge, type MemoryGauge } from './memory-gauge.ts';

/** A connection, or a cluster's connections. Services may keep keys of their own through it. */
export type RedisClient = Redis | Cluster;

/**
 * How a connection behaves while Redis is away (row B14). `poster` fails within a second, so that a caller can be
 * answered; `worker` waits for ever; `plain` gives up after two seconds.
 */
export type RedisRole = 'poster' | 'worker' | 'plain';

export type ConnectRedisOptions = Readonly<{
  /** `redis://` or `rediss://`; several with commas between are a cluster's nodes. */
  url: string;
  role: RedisRole;
  log: Logger;
  /** Believes that Redis is set up durably where it forbids `CONFIG` and so cannot be asked. */
  trustSettings?: boolean;
  /** How long `poster` and `plain` wait for a Redis that is not there at the start. */
  connectTimeoutMs?: number;
  /** A connection that owes an answer and says nothing for this long is left for a new one; by role where not given. */
  silenceMsMax?: number;
}>;

/** One service's way to Redis. Disposing it closes what it opened. */
export type RedisLink = AsyncDisposable &
  Readonly<{
    role: RedisRole;
    /** Commands of one turn of the event loop share a round trip, and so a disk write. Not for blocking commands. */
    client: RedisClient;
    /** Opens a further connection to the same place, which the caller closes. Does not wait until it is ready. */
    open: () => RedisClient;
    memory: MemoryGauge;
    healthCheck: HealthCheck;
  }>;

type Tuning = Readonly<{
  connectTimeout: number;
  maxLoadingRetryTime: number;
  retryStrategy: (times: number) => number;
  reconnectOnError: (error: Error) => boolean;
  autoResubscribe: boolean;
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest?: number | null;
  commandTimeout?: number;
  socketTimeout?: number;
  enableAutoPipelining?: boolean;
}>;

const commonOptions: Tuning = {
  connectTimeout: 3_000,
  maxLoadingRetryTime: 500,
  retryStrategy: (times) => Math.min(50 * 2 ** times, 1_000),
  // After a failover the old primary answers on as a replica; its name may lead to the new one (row F12).
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  // The client would do it without hearing of a failure, which then ends the process. Who subscribes does it at `ready`.
  autoResubscribe: false,
};

// A way that is cut without a word (a firewall forgot it, a switch died) keeps its connections open for a quarter of an
// hour (row F46). A worker's blocking command is answered within ten seconds, also where nothing comes.
const roleOptions: Record<RedisRole, Partial<Tuning> & { socketTimeout: number }> = {
  poster: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 900, socketTimeout: 5_000 },
  worker: { maxRetriesPerRequest: null, socketTimeout: 30_000 },
  plain: { maxRetriesPerRequest: 3, commandTimeout: 2_000, socketTimeout: 5_000 },
};

/**
 * Connects to Redis and checks that it keeps what it acknowledges.
 *
 * A `worker` waits until Redis is there; the others throw an `unavailable` Fault after `connectTimeoutMs`. Throws a
 * `misconfigured` Fault that says what to change where Redis could lose or evict data (row B9), and where the URL
 * sets a key prefix, which would break BullMQ's scripts (row B15).
 */
export async function connectRedis({
  url,
  role,
  log,
  trustSettings = false,
  connectTimeoutMs = 10_000,
  silenceMsMax = roleOptions[role].socketTimeout,
}: ConnectRedisOptions): Promise<RedisLink> {
  const urls = parseUrls(url);
  const tuning = { ...commonOptions, ...roleOptions[role], socketTimeout: silenceMsMax };
  await using scope = new AsyncDisposableStack();
  const client = createClient(urls, { ...tuning, enableAutoPipelining: true });
  scope.defer(() => client.disconnect());
  logOutages(client, log);
  await untilReady(client, role === 'worker' ? undefined : connectTimeoutMs);
  await assertDurable(client, { trustSettings, log });

  const closing = scope.move();
  return {
    role,
    client,
    open: () => {
      const opened = createClient(urls, tuning);
      // Its owner sees the same outages through `client`, which logs them once.
      opened.on('error', () => {});
      return opened;
    },
    memory: createMemoryGauge(client),
    healthCheck: async () =>
      isReady(client) && (await ping(client)) ? { ok: true } : { ok: false, reason: 'Redis does not answer' },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** Whether commands can leave now. A cluster that says `connect` has still to ask whether its slots are served. */
export function isReady(client: RedisClient): boolean {
  return client.status === 'ready';
}

/** Resolves when commands can leave; rejects with an `unavailable` Fault after `timeoutMs`, if that is given. */
export async function untilReady(client: RedisClient, timeoutMs?: number): Promise<void> {
  if (isReady(client)) return;
  const ready = Promise.withResolvers<void>();
  const onReady = () => ready.resolve();
  client.once('ready', onReady);
  try {
    await (timeoutMs === undefined ? ready.promise : deadlineAfter(timeoutMs, ready.promise));
  } finally {
    client.off('ready', onReady);
  }
}

function parseUrls(text: string): string[] {
  const urls = text.split(',').map((url) => url.trim());
  for (const url of urls) {
    const parsed = URL.parse(url);
    if (!parsed || !/^rediss?:$/.test(parsed.protocol)) {
      throw new Fault('misconfigured', 'REDIS_URL must be redis://host:port or rediss://host:port.');
    }
    if (parsed.searchParams.has('keyPrefix')) {
      throw new Fault('misconfigured', 'REDIS_URL must not set keyPrefix: the queue names its keys itself.');
    }
  }
  return urls;
}

function createClient(urls: readonly string[], options: Tuning): RedisClient {
  const [first] = urls;
  if (urls.length === 1 && first) return new Redis(first, options);

  const { enableOfflineQueue = true, enableAutoPipelining = false, ...nodeOptions } = options;
  return new Cluster([...urls], {
    enableOfflineQueue,
    enableAutoPipelining,
    redisOptions: { ...nodeOptions, ...accessOf(first) },
    clusterRetryStrategy: (times) => Math.min(50 * 2 ** times, 1_000),
  });
}

/** The cluster names its other nodes by address alone, so what the first URL says about access holds for all of them. */
function accessOf(url = ''): { username?: string; password?: string; tls?: object } {
  const { username = '', password = '', protocol } = URL.parse(url) ?? {};
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

function logOutages(client: RedisClient, log: Logger): void {
  let isAway = false;
  client.on('error', (error: Error) => {
    if (!isAway) log.warn({ err: error }, 'redis is away');
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) log.info('redis is back');
    isAway = false;
  });
}

async function ping(client: RedisClient): Promise<boolean> {
  return deadlineAfter(1_000, client.ping()).then(
    () => true,
    () => false,
  );
}
