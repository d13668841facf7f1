import { dispatchLane, type EmailVersion, eventsLane, renderLane } from '@posthorn/contracts';
import { defaultRetrySchedule, keyringFromSecret } from '@posthorn/mail';
import { connectRedis, consume, createPostbox } from '@posthorn/queue';
import { type Logger, startHealthServer, startThreadPool, systemClock } from '@posthorn/runtime';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import type { RenderAccount } from './account-scope.ts';
import { createClaimGate } from './claim-gate.ts';
import { createRedisClaims } from './claims.ts';
import type { Config } from './config.ts';
import { createContacts } from './contacts.ts';
import { createRender } from './handlers/render.ts';
import { createPoolBoxes } from './pool-boxes.ts';
import { createPrepareSend } from './prepare-send.ts';
import { createRefuseBounced } from './refuse-bounced.ts';
import { createRenderBag, type RenderBag } from './render-bag.ts';
import { createRenderBatches, type RunTask } from './render-batches.ts';
import { createSenders } from './senders.ts';
import { createStaleCache } from './stale-cache.ts';
import type { RenderedSend, RenderTask, ThreadData } from './work/render-task.ts';

/** A running renderer. Disposing it finishes the bags in hand, within the shutdown timeout. */
export type Renderer = AsyncDisposable & { healthPort: number };

const clock = systemClock;
const accountFreshMs = 5_000;
const closingMs = 3_000;

/** Wires the service and starts it; what was opened is closed again if a step throws. */
export async function startRenderer(config: Config, log: Logger): Promise<Renderer> {
  await using scope = new AsyncDisposableStack();
  const { redis, lane, threads } = config;

  const store = scope.use(await connectStore({ ...config.mongodb, log, seal: createSeal(config.secret) }));
  const worker = scope.use(await connectRedis({ ...redis, role: 'worker', log }));
  const poster = scope.use(await connectRedis({ ...redis, role: 'poster', log }));
  const boxOptions = { redis: poster, log, blobs: store.blobs, ...lane };
  const events = scope.use(createPostbox(eventsLane, boxOptions));
  const dispatch = scope.use(
    createPoolBoxes({
      defaultPool: config.pool,
      open: (name) => createPostbox(dispatchLane(name), boxOptions),
    }),
  );
  const pool = scope.use(startThreads(config, log));
  const renderBag = wireRenderBag({ store, config, log, run: pool.run });
  const render = createRender({
    claimGate: createClaimGate(createRedisClaims(poster.client, { ttlMs: config.claimTtlMs })),
    ...{ renderBag, events, dispatch, clock, log },
    options: {
      keyring: keyringFromSecret(config.secret),
      returnPathHost: config.returnPathHost,
      maxAgeMs: defaultRetrySchedule.maxAgeMs,
    },
  });
  const consumer = scope.use(
    consume(renderLane, render, {
      // One bag more than the threads can hold, so that none waits for MongoDB or Redis.
      ...{ redis: worker, concurrency: threads.size + 1, log, blobs: store.blobs, ...lane },
      closeTimeoutMs: Math.max(0, config.shutdownTimeoutMs - closingMs),
    }),
  );

  const { live, ready } = consumer.healthChecks;
  const health = scope.use(
    await startHealthServer(
      {
        live: { consumer: live, threads: pool.healthCheck },
        ready: { redis: ready, dispatch: dispatch.isHealthy() },
      },
      config.health,
    ),
  );
  const opened = scope.move();
  return { healthPort: health.port, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

function startThreads({ threads, secret, trackingUrl }: Config, log: Logger) {
  const workerData: ThreadData = { secret, trackingUrl };
  return startThreadPool<RenderTask, RenderedSend[]>({
    script: new URL('./threads/thread.ts', import.meta.url),
    ...{ size: threads.size, memoryMib: threads.memoryMib, workerData, log },
    // Not `exit`, which waits for the thread. The bag that did it is run again, and parked when it does so again.
    onStuck: () => process.kill(process.pid, 'SIGKILL'),
  });
}

function wireRenderBag({
  store,
  config,
  log,
  run,
}: {
  store: Store;
  config: Config;
  log: Logger;
  run: RunTask;
}): RenderBag {
  return createRenderBag({
    prepareSend: createPrepareSend({ ...createLookups(store, config), random: Math.random, log }),
    refuseBounced: createRefuseBounced({
      findSuppressed: (accountId, emails) => store.suppressions.findMany(accountId, emails),
      random: Math.random,
    }),
    contacts: createContacts(store.contacts),
    renderBatches: createRenderBatches({ run, cpuMs: config.threads.cpuMs }),
    random: Math.random,
  });
}

/** What is read from MongoDB and goes on being served while that is away. A version never changes. */
function createLookups(store: Store, { allowsAnyDomain, trackingUrl }: Config) {
  return {
    accounts: createStaleCache<RenderAccount>({
      load: (key) => store.accounts.find(Number(key)),
      ...{ clock, freshMs: accountFreshMs, max: 10_000 },
    }),
    versions: createStaleCache<EmailVersion>({
      load: (key) => {
        const [accountId = 0, emailId = 0, version = 0] = key.split(':').map(Number);
        return store.emailVersions.find(accountId, emailId, version);
      },
      ...{ clock, freshMs: Number.POSITIVE_INFINITY, max: 500 },
    }),
    senders: createSenders({
      store: {
        findDomains: (accountId, names) => store.domains.findNamed(accountId, names),
        findKeys: (accountId, domain, selectors) => store.dkimKeys.findSelected(accountId, domain, selectors),
        insertKey: (key) => store.dkimKeys.insert(key),
      },
      ...{ clock, trackingUrl, allowsAnyDomain },
    }),
  };
}
