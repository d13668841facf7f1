import { randomInt } from 'node:crypto';
import { renderLane, type SendItem } from '@posthorn/contracts';
import { createDnsLookup } from '@posthorn/domains';
import { digestsFromSecret, keyringFromSecret } from '@posthorn/mail';
import { compileEmail } from '@posthorn/mail/template';
import { connectRedis, createPostbox, type Postbox, type RedisLink } from '@posthorn/queue';
import {
  createHealthHandler,
  createProgress,
  type HealthCheck,
  type HealthChecks,
  type Listening,
  type Logger,
  listen,
  type Progress,
  startHealthServer,
  systemClock,
} from '@posthorn/runtime';
import {
  createBoundAddresses,
  createSiteReader,
  createWaitingBoard,
  type WatchedRules,
  watchShapingRules,
} from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import { type ApiDeps, type ApiKeys, createApi } from './api.ts';
import type { Config } from './config.ts';
import { mountDocs } from './docs/mount-docs.ts';
import { createHttpServer } from './http/server.ts';
import { createRedisIdempotency } from './idempotency/redis-idempotency.ts';
import { createCountQueued } from './pools/count-queued.ts';
import { ensureDefaultPool } from './pools/ensure-default-pool.ts';
import { createRateLimit } from './rate-limit.ts';
import { redisTimeoutMs } from './redis-calls.ts';
import { renewStoredSeals } from './secrets.ts';
import { createTokenNotices } from './smtp-tokens/token-notices.ts';

const clock = systemClock;
/** Far above the second that a post may take. */
const stuckAfterMs = 30_000;

/** Wires the gateway and starts it. Disposing the result stops it, in reverse order: the port first. */
export async function startGateway(config: Config, log: Logger): Promise<Listening> {
  await using scope = new AsyncDisposableStack();

  const store = scope.use(await connectStore({ ...config.mongodb, log, seal: createSeal(config.secret) }));
  void ensureDefaultPool(store, { name: config.ips.defaultPool, log });
  void renewStoredSeals(store, { secret: config.secret, log });
  const redis = scope.use(await connectRedis({ ...config.redis, role: 'poster', log }));
  const rules = scope.use(watchShapingRules({ ...config.shaping, log }));
  const posted = { redis, log, blobs: store.blobs, ...config.lane, timeoutMs: redisTimeoutMs };
  const postbox = scope.use(createPostbox(renderLane, posted));
  const posting = createProgress({ clock, stuckAfterMs });
  const deps = apiDepsOf(config, { store, redis, rules, postbox: watched(postbox, posting), log });
  const api = createApi(deps, mountDocs);
  const checks = healthChecksOf({ posting: posting.healthCheck, queue: postbox.isHealthy(), store });
  const handleHealth = createHealthHandler(checks);
  const server = createHttpServer((req, res) => handleHealth(req, res) || api(req, res));
  const { port } = scope.use(await listen(server, config.http));
  if (config.ownHealth) scope.use(await startHealthServer(checks, config.ownHealth));

  const running = scope.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

type Opened = Readonly<{
  store: Store;
  redis: RedisLink;
  rules: WatchedRules;
  postbox: Postbox<SendItem>;
  log: Logger;
}>;

function apiDepsOf(config: Config, { store, redis: link, rules, postbox, log }: Opened): ApiDeps {
  const { client: redis } = link;
  const { domains, lane, limits, secret } = config;
  return {
    ...{ store, postbox, clock, log, limits },
    domains: { ...domains, lookup: createDnsLookup({ servers: domains.dnsServers }) },
    idempotency: createRedisIdempotency(redis, lane),
    ips: {
      ...config.ips,
      bound: createBoundAddresses({ redis, clock }),
      countQueued: createCountQueued({ redis: link, shards: lane.shards }),
    },
    warmup: createWarmup({ redis, clock }),
    shaping: {
      sites: createSiteReader({ redis, rules: rules.current, clock }),
      waiting: createWaitingBoard({ redis, clock }),
    },
    tokenNotices: createTokenNotices(redis),
    limit: createRateLimit({ redis, clock, log, callsPerTenSecondsMax: config.callsPerTenSecondsMax }),
    compile: compileEmail,
    keys: keysOf(secret),
    processSeed: randomInt(2 ** 16),
  };
}

type Checked = Readonly<{ posting: HealthCheck; queue: HealthCheck; store: Store }>;

/** A post ends within a second, by itself or by its limit; one that does not says that this process no longer moves. */
function watched(postbox: Postbox<SendItem>, { watch }: Progress): Postbox<SendItem> {
  return {
    ...postbox,
    post: (item) => watch(() => postbox.post(item)),
    postAll: (items) => watch(() => postbox.postAll(items)),
  };
}

/**
 * Ready is whoever can accept mail: that needs Redis, and MongoDB once, to learn keys and emails from. What it learnt
 * serves while MongoDB is away, so a later absence takes nobody out of service.
 */
function healthChecksOf({ posting, queue, store }: Checked): HealthChecks {
  let hasBeenReady = false;
  const mongodb: HealthCheck = async () => {
    hasBeenReady ||= store.isReady();
    return hasBeenReady ? { ok: true } : { ok: false, reason: 'MongoDB was not reached yet' };
  };
  return { live: { posting }, ready: { queue, mongodb } };
}

function keysOf(secret: string): ApiKeys {
  return { keyring: keyringFromSecret(secret), digests: digestsFromSecret(secret) };
}
