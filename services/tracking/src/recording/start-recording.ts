import { eventsLane } from '@posthorn/contracts';
import { type Consumer, connectRedis, consume } from '@posthorn/queue';
import { type Logger, systemClock } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import type { Config } from '../config.ts';
import { createCounterFolder } from '../counter-folder.ts';
import { createRecord } from '../handlers/record.ts';

/** Events' way out of Redis into MongoDB. Disposing it lets go of what is in hand; another one takes that up. */
export type Recording = AsyncDisposable & Pick<Consumer, 'healthChecks'>;

/** Kept back of the shutdown's time for closing what is left once the consumer let go. */
const closingMs = 3_000;

/** Connects to both and begins to record and count; resolves once it does. */
export async function startRecording(config: Config, log: Logger): Promise<Recording> {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await connectRedis({ ...config.redis, role: 'worker', log }));
  const store = scope.use(await connectStore({ ...config.mongodb, log }));
  const { contacts, conversations, counters, events, sends, suppressions, blobs } = store;
  const folder = scope.use(createCounterFolder({ counters, log, intervalMs: config.foldIntervalMs }));
  const record = createRecord({
    ...{ contacts, conversations, events, sends, suppressions },
    conversationsKeptMs: config.conversationsKeptMs,
    ...{ onRecorded: folder.note, clock: systemClock, log },
  });
  const { healthChecks } = scope.use(
    consume(eventsLane, record, {
      ...{ redis, log, blobs, ...config.lane },
      concurrency: config.recordConcurrency,
      closeTimeoutMs: Math.max(0, config.shutdownTimeoutMs - closingMs),
    }),
  );
  const running = scope.move();
  return { healthChecks, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
