import { type DispatchItem, defaultPool, dispatchLane, eventsLane } from '@posthorn/contracts';
import { type BagHandler, connectRedis, consume, createPostbox, type RedisLink } from '@posthorn/queue';
import { type Logger, startHealthServer, systemClock } from '@posthorn/runtime';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import { createAttemptTelemetry, reportConnections } from './attempt-telemetry.ts';
import type { Config } from './config.ts';
import { type DeferralRules, loadDeferralRules } from './deferral-rules.ts';
import { createDeliver, type DeliverDeps } from './handlers/deliver.ts';
import { createJournaledMarks } from './journal/journaled-marks.ts';
import { openWatchedJournal } from './journal/open-watched-journal.ts';
import type { OutcomeJournal } from './journal/outcome-journal.ts';
import { createMarkSeal } from './mark-seal.ts';
import { openPoolsShaping, type PoolsShaping } from './open-shaping.ts';
import { createPoolLanes } from './pool-lanes.ts';
import { createRecorder } from './recorder.ts';
import { clusterTagCount, createRedisMarks } from './redis-marks.ts';
import { createSingleRouter, type Router } from './router.ts';
import { openMxRouter } from './routing/open-mx-router.ts';
import { createOpenShaping } from './shaping.ts';
import type { OnPhase } from './site-attempts.ts';
import { createSiteLabel, type SiteLabel } from './site-label.ts';
import { createSlots } from './slots.ts';
import { createSmtpPool, type SmtpPool } from './smtp-pool.ts';
import type { Source } from './sources/source.ts';
import { openSourceDirectory, type SourceDirectory } from './sources/source-directory.ts';
import { createSourceSnapshot } from './sources/source-snapshot.ts';

/** A running dispatcher. Disposing it finishes the conversations under way, within the shutdown timeout. */
export type Dispatcher = AsyncDisposable & { healthPort: number };

/** Time kept back of the shutdown's: for replies to final dots, and for closing what is left. */
const lastRepliesMs = 8_000;
const closingMs = 3_000;

export type DispatcherOptions = Readonly<{
  /** Called when the worker no longer takes bags although there are some, which only a new process mends. */
  onDeaf?: () => void;
  /** For tests that end the process at a certain point. */
  onPhase?: OnPhase;
  /** How often pools and their addresses are looked up. */
  sourcesEveryMs?: number;
  /** Tries whether an address can be sent from; for tests in which one goes between two looks. */
  trySource?: (source: Source) => Promise<boolean>;
  /** For tests that cannot wait as long as a bag stays with its dead worker. */
  lease?: Readonly<{ lockDurationMs: number; stalledIntervalMs: number }>;
}>;

/** Wires the service and starts it; what was opened is closed again if a step throws. */
export async function startDispatcher(
  config: Config,
  log: Logger,
  options: DispatcherOptions = {},
): Promise<Dispatcher> {
  await using scope = new AsyncDisposableStack();
  const { redis, lane, shutdownTimeoutMs } = config;
  const deferral = await loadDeferralRules(config.rulesFiles);

  const store = scope.use(await openStore(config, log));
  const worker = scope.use(await connectRedis({ ...redis, role: 'worker', log }));
  // Marks and events fail fast: before the final dot that is a reason not to send it, after it a reason to insist.
  const poster = scope.use(await connectRedis({ ...redis, role: 'poster', log }));
  const events = scope.use(createPostbox(eventsLane, { redis: poster, log, ...lane }));
  const recorder = scope.use(createRecorder({ log }));
  const directory = scope.use(await openDirectory(config, { store, poster, log }, options));
  const shaping = scope.use(await openShaping(config, { directory, poster, deferral, log }, options));
  // Closed before shaping is: connections are counted until they are gone.
  const smtp = scope.use(createSmtpPool(config.smtp));
  const labelOf = createSiteLabel(shaping?.providerOf);
  const poolOf = (ip: string) => directory.list()?.sources.find(({ address }) => address === ip)?.pool;
  scope.use(reportConnections(smtp.connections, { labelOf, poolOf }));
  const journal = scope.use(await openJournal(config, poster, log));
  const opening = { poster, events, smtp, recorder, journal, deferral, shaping, labelOf, log };
  const deliverFor = wireDeliver(config, opening, options);
  const open = (pool: string) =>
    consume(dispatchLane(pool), deliverFor(pool), {
      ...{ redis: worker, concurrency: config.concurrency, log, blobs: store.blobs },
      ...{ shards: lane.shards, ...(lane.sealKey !== undefined && { sealKey: lane.sealKey }) },
      closeTimeoutMs: Math.max(0, shutdownTimeoutMs - closingMs),
      ...(options.onDeaf && { onDeaf: options.onDeaf }),
      ...options.lease,
    });
  const lanes = scope.use(createPoolLanes({ open, log }));
  const serve = () => lanes.serve(config.pools ?? [defaultPool, ...(directory.list()?.pools ?? [])]);
  directory.onChange(serve);
  serve();
  const { live, ready } = lanes.healthChecks;
  const checks = {
    live: { consumer: live },
    ready: { redis: ready, events: events.isHealthy(), outcomes: recorder.healthCheck },
  };
  const health = scope.use(await startHealthServer(checks, config.health));

  const opened = scope.move();
  return {
    healthPort: health.port,
    [Symbol.asyncDispose]: () => stop(opened, smtp, shutdownTimeoutMs - lastRepliesMs - closingMs),
  };
}

function openStore({ mongodb, secret }: Config, log: Logger): Promise<Store> {
  return connectStore({ ...mongodb, log, ...(secret !== undefined && { seal: createSeal(secret) }) });
}

/** Where mail goes all one way only the names of the pools matter, and nothing waits for them. */
function openDirectory(
  { route, lane: { sealKey } }: Config,
  { store, poster, log }: { store: Store; poster: RedisLink; log: Logger },
  { sourcesEveryMs }: DispatcherOptions,
): Promise<SourceDirectory> {
  const seal = sealKey === undefined ? undefined : createMarkSeal(sealKey);
  return openSourceDirectory({
    ...{ store, snapshot: createSourceSnapshot({ redis: poster.client, seal }), log },
    ...(sourcesEveryMs !== undefined && { everyMs: sourcesEveryMs }),
    ...(route && { patienceMs: 0 }),
  });
}

async function openShaping(
  { route, shapingFile: rulesFile, allowSystemAddress, concurrency }: Config,
  {
    directory,
    poster,
    deferral,
    log,
  }: Pick<Opened, 'poster' | 'deferral' | 'log'> & { directory: SourceDirectory },
  { trySource }: DispatcherOptions,
): Promise<PoolsShaping | undefined> {
  if (route) return undefined;
  const { client: redis } = poster;
  const { classify } = deferral;
  return openPoolsShaping({
    ...{ redis, directory, rulesFile, classify, allowSystemAddress, concurrency, log },
    ...(trySource && { trySource }),
  });
}

type Opened = Pick<DeliverDeps, 'events' | 'smtp' | 'recorder' | 'log'> & {
  poster: RedisLink;
  journal: OutcomeJournal;
  deferral: DeferralRules;
  /** Undefined where mail goes all one way. */
  shaping: PoolsShaping | undefined;
  labelOf: SiteLabel;
};

/** Makes what makes the handler of a pool's lane. */
function wireDeliver(
  config: Config,
  { poster, journal, deferral, shaping, labelOf, ...opened }: Opened,
  { onPhase }: DispatcherOptions,
): (pool: string) => BagHandler<DispatchItem> {
  const { concurrency, ambiguousMax } = config;
  const clock = systemClock;
  const marksOf = createMarksOf(config, poster);
  const shared = {
    ...opened,
    router: routerFor(config, poster, opened.log),
    slots: createSlots(concurrency),
    rules: { ...deferral, ambiguousMax, random: Math.random },
    ...{ clock, waiting: shaping?.waiting },
    ...(onPhase && { onPhase }),
  };

  return (pool) =>
    createDeliver({
      ...{ ...shared, pool, telemetry: createAttemptTelemetry({ pool, labelOf }) },
      shaping: shaping?.of(pool) ?? createOpenShaping({ connectionsMax: concurrency }),
      marks: createJournaledMarks(marksOf(dispatchLane(pool).name), {
        journal,
        lane: dispatchLane(pool).name,
      }),
    });
}

function createMarksOf({ lane: { sealKey } }: Config, { client: redis }: RedisLink) {
  const seal = sealKey === undefined ? {} : { seal: createMarkSeal(sealKey) };
  const tagCount = redis.isCluster ? clusterTagCount : 1;
  return (lane: string) => createRedisMarks({ redis, lane, clock: systemClock, tagCount, ...seal });
}

/** Before the first bag is taken, what dead processes noted is in Redis; later it is brought in as they die. */
async function openJournal(config: Config, poster: RedisLink, log: Logger): Promise<OutcomeJournal> {
  const { journalFolder: folder, lane } = config;
  const seal = lane.sealKey === undefined ? {} : { seal: createMarkSeal(lane.sealKey) };
  return await openWatchedJournal({ folder, marksOf: createMarksOf(config, poster), log, ...seal });
}

function routerFor({ route, routing }: Config, { client: redis }: RedisLink, log: Logger): Router {
  if (route) return createSingleRouter(route);
  if (routing.addresses.allowPrivate) log.warn('private addresses may be dialled, which is for development');
  return openMxRouter(routing, { redis, clock: systemClock });
}

/** Nothing new begins; conversations go on, and past `patienceMs` only those whose final dot is sent. */
async function stop(opened: AsyncDisposable, smtp: SmtpPool, patienceMs: number): Promise<void> {
  const timer = setTimeout(() => smtp.stop(), Math.max(0, patienceMs));
  await opened[Symbol.asyncDispose]();
  clearTimeout(timer);
}
