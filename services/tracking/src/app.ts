import { type EventsItem, eventsLane } from '@posthorn/contracts';
import { keyringFromSecret, readClickToken, readTrackingToken } from '@posthorn/mail';
import { connectRedis, createPostbox } from '@posthorn/queue';
import {
  createHealthHandler,
  type HealthCheck,
  type Listening,
  type Logger,
  listen,
  startHealthServer,
  systemClock,
} from '@posthorn/runtime';
import type { Config } from './config.ts';
import { createHitRecorder } from './hit-recorder.ts';
import { createTrackingServer } from './http.ts';
import { createLatePostbox, type LatePostbox } from './late-postbox.ts';
import { createLinkBursts } from './machines/link-bursts.ts';
import { recordOnce } from './record-once.ts';
import { startRecordingThread } from './recording/recording-thread.ts';
import { traceHits } from './trace-hits.ts';

/** Pause between two attempts to post held hits. */
const retryEveryMs = 500;

/**
 * Wires the service and starts it: first the port, which needs neither Redis nor MongoDB to redirect, then the way
 * into the events lane, then the recording, on a thread of its own: readers wait for their pictures and pages here, and
 * what is recorded meanwhile must not hold them up. Resolves when all are up. Disposing the result stops it: the recording,
 * the port, what is held in memory, and the queue last.
 */
export async function startTracking(config: Config, log: Logger): Promise<Listening> {
  await using scope = new AsyncDisposableStack();
  const queue = scope.use(new AsyncDisposableStack());
  const events = createLatePostbox<EventsItem>();
  const live: Record<string, HealthCheck> = {};
  const ready: Record<string, HealthCheck> = { events: events.healthCheck };

  const { port } = await startServer(scope, config, log, { events, live, ready });
  if (config.ownHealth) scope.use(await startHealthServer({ live, ready }, config.ownHealth));
  await openEvents(queue, config, log, events);
  const { healthChecks } = scope.use(await startRecordingThread(config));
  live['recording'] = healthChecks.live;
  ready['redis'] = healthChecks.ready;

  const running = scope.move();
  return { port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

type Served = {
  events: LatePostbox<EventsItem>;
  live: Record<string, HealthCheck>;
  ready: Record<string, HealthCheck>;
};

async function startServer(
  scope: AsyncDisposableStack,
  config: Config,
  log: Logger,
  { events, live, ready }: Served,
): Promise<Listening> {
  const clock = systemClock;
  const keyring = keyringFromSecret(config.secret);
  const { post } = events;
  const recorder = scope.use(createHitRecorder({ post, clock, log, retryEveryMs, ...config.held }));
  const record = recordOnce(recorder.record);
  const server = createTrackingServer({
    readOpenToken: (token) => readTrackingToken(keyring, token),
    readClickToken: (token) => readClickToken(keyring, token),
    record: config.isTraced ? traceHits(record) : record,
    hits: { clock, bursts: createLinkBursts(), ip: config.ip },
    handleHealth: createHealthHandler({ live, ready }),
    log,
  });
  return scope.use(await listen(server, config.http));
}

async function openEvents(
  queue: AsyncDisposableStack,
  { redis, lane, hitTimeoutMs: timeoutMs }: Config,
  log: Logger,
  events: LatePostbox<EventsItem>,
): Promise<void> {
  // A worker's link waits until Redis is there.
  await using _ = await connectRedis({ ...redis, role: 'worker', log });
  const poster = queue.use(await connectRedis({ ...redis, role: 'poster', log }));
  events.open(queue.use(createPostbox(eventsLane, { redis: poster, log, ...lane, timeoutMs })));
}
