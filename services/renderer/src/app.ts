import {
  dispatchLane,
  type EmailVersion,
  type EventsItem,
  eventsLane,
  renderLane,
  submissionsLane,
} from '@posthorn/contracts';
import { defaultRetrySchedule, keyringFromSecret } from '@posthorn/mail';
import { connectRedis, consume, createPostbox, type Postbox, type Redis } from '@posthorn/queue';
import {
  createWeightGate,
  type Logger,
  startHealthServer,
  startThreadPool,
  systemClock,
  type ThreadPool,
} from '@posthorn/runtime';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import { type RenderAccount, renderAccountOf } from './account-scope.ts';
import { createClaimGate } from './claim-gate.ts';
import { createRedisClaims } from './claims.ts';
import type { Config } from './config.ts';
import { createContacts } from './contacts.ts';
import { createRender } from './handlers/render.ts';
import { createSubmit } from './handlers/submit.ts';
import { createPoolBoxes, type PoolBoxes } from './pool-boxes.ts';
import { createPrepareSend } from './prepare-send.ts';
import { createRefuseSuppressed } from './refuse-suppressed.ts';
import { createRenderBag, type RenderBag } from './render-bag.ts';
import { createRenderBatches, type RunTask } from './render-batches.ts';
import { createSenders } from './senders.ts';
import { createStaleCache } from './stale-cache.ts';
import { createPrepareSubmission } from './submitted/prepare-submission.ts';
import { createWriteOnThreads } from './submitted/write-on-threads.ts';
import { createSuspects } from './suspects.ts';
import type { RenderedSend, RenderTask, ThreadData } from './work/render-task.ts';
import type { SubmittedTask, WrittenMessage } from './work/submitted-task.ts';

/** A running renderer. Disposing it finishes the bags in hand, within the shutdown timeout. */
export type Renderer = AsyncDisposable & { healthPort: number };

const clock = systemClock;
const accountFreshMs = 5_000;
const closingMs = 3_000;

/**
 * Bags in hand for so many threads. A bag waits for six writes to disk one after another, and behind a busy disk each takes
 * tens of milliseconds: with one bag more than threads these had nothing to do while a queue grew (the storm of `npm run faults`).
 */
function bagsFor(threadCount: number): number {
  return 4 * threadCount + 4;
}

/** Bags for so many threads of which each may be large: one more than they can hold, so that none waits for MongoDB or Redis. */
function largeBagsFor(threadCount: number): number {
  return threadCount + 1;
}

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
  const pool = scope.use(startThreads<RenderTask, RenderedSend[]>('thread', threads.size, config, log));
  const writers = scope.use(
    startThreads<SubmittedTask, WrittenMessage[]>('submission-thread', config.submissionThreads, config, log),
  );
  const shared = wireShared(config, { store, events, dispatch, claims: poster.client, log });
  const render = createRender({ ...shared, renderBag: wireRenderBag(shared, config, pool.run) });
  const submit = createSubmit({
    ...shared,
    prepareSubmission: createPrepareSubmission(shared),
    writeOnThreads: createWriteOnThreads({ run: writers.run, cpuMs: threads.cpuMs, log }),
  });
  const consumeOptions = {
    ...{ redis: worker, log, blobs: store.blobs, ...lane },
    closeTimeoutMs: Math.max(0, config.shutdownTimeoutMs - closingMs),
  };
  const renders = consume(renderLane, render, {
    ...{ ...consumeOptions, concurrency: bagsFor(threads.size), blobBagsMax: largeBagsFor(threads.size) },
  });
  // Not one more here: each of them may be a message of 30 MB.
  const submits = consume(submissionsLane, submit, {
    ...{ ...consumeOptions, concurrency: bagsFor(config.submissionThreads) },
    blobBagsMax: config.submissionThreads,
  });
  scope.defer(
    async () => void (await Promise.all([renders, submits].map((one) => one[Symbol.asyncDispose]()))),
  );

  const health = scope.use(
    await startHealthServer(
      {
        live: {
          ...{ consumer: renders.healthChecks.live, threads: pool.healthCheck },
          ...{ submissions: submits.healthChecks.live, submissionThreads: writers.healthCheck },
        },
        ready: { redis: renders.healthChecks.ready, dispatch: dispatch.isHealthy() },
      },
      config.health,
    ),
  );
  const opened = scope.move();
  return { healthPort: health.port, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

function startThreads<Task, Result>(
  name: 'thread' | 'submission-thread',
  size: number,
  { threads, secret, trackingUrl }: Config,
  log: Logger,
): ThreadPool<Task, Result> {
  const workerData: ThreadData = { secret, trackingUrl };
  return startThreadPool<Task, Result>({
    script: new URL(`./threads/${name}.ts`, import.meta.url),
    ...{ size, memoryMib: threads.memoryMib, workerData, log },
    // Not `exit`, which waits for the thread. The bag that did it is run again, and parked when it does so again.
    onStuck: () => process.kill(process.pid, 'SIGKILL'),
  });
}

/** What both handlers need. */
function wireShared(
  config: Config,
  {
    store,
    claims,
    ...own
  }: { store: Store; claims: Redis; log: Logger; events: Postbox<EventsItem>; dispatch: PoolBoxes },
) {
  return {
    ...createLookups(store, config),
    refuseSuppressed: createRefuseSuppressed({
      findSuppressed: (accountId, emails) => store.suppressions.findMany(accountId, emails),
      random: Math.random,
    }),
    contacts: createContacts(store.contacts),
    claimGate: createClaimGate(createRedisClaims(claims, { ttlMs: config.claimTtlMs })),
    options: {
      keyring: keyringFromSecret(config.secret),
      returnPathHost: config.returnPathHost,
      maxAgeMs: defaultRetrySchedule.maxAgeMs,
    },
    ...{ clock, random: Math.random, ...own },
  };
}

function wireRenderBag(shared: ReturnType<typeof wireShared>, { threads }: Config, run: RunTask): RenderBag {
  return createRenderBag({
    ...shared,
    prepareSend: createPrepareSend(shared),
    renderGate: createWeightGate(largeBagsFor(threads.size)),
    renderBatches: createRenderBatches({ run, cpuMs: threads.cpuMs, suspects: createSuspects(clock) }),
  });
}

/** What is read from MongoDB and goes on being served while that is away. A version never changes. */
function createLookups(store: Store, { allowsAnyDomain, trackingUrl, pool }: Config) {
  return {
    accounts: createStaleCache<RenderAccount>({
      load: async (key) => {
        const account = await store.accounts.find(Number(key));
        return account && renderAccountOf(account, pool);
      },
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
