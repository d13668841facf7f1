import { setInterval } from 'node:timers/promises';
import { connectRedis, findBlobReferences, type QueueSettings } from '@posthorn/queue';
import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { createSweepBlobs } from './sweep-blobs.ts';

export type BlobSweepSettings = Readonly<{
  redis: QueueSettings['redis'];
  sealKey: string | undefined;
  everyMs: number;
}>;

/** Sweeps blobs that no bag names, every `everyMs`; any number of replicas may do so side by side. */
export async function openBlobSweep(
  { redis: redisSettings, sealKey, everyMs }: BlobSweepSettings,
  { store, clock, log }: { store: Pick<Store, 'blobs'>; clock: Clock; log: Logger },
): Promise<AsyncDisposable> {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await connectRedis({ ...redisSettings, role: 'plain', log }));
  const findReferences = () => findBlobReferences({ redis, log, sealKey });
  const sweep = createSweepBlobs({ blobs: store.blobs, findReferences, log });
  const stop = new AbortController();

  async function sweepOnce(): Promise<void> {
    try {
      await sweep(clock.nowMs());
    } catch (error) {
      // Redis or MongoDB is away: the next look is soon enough.
      if (!isFault(error, 'unavailable')) log.error({ err: error }, 'blobs could not be swept');
    }
  }

  async function run(): Promise<void> {
    try {
      for await (const _ of setInterval(everyMs, undefined, { signal: stop.signal })) await sweepOnce();
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  const running = run();
  scope.defer(async () => {
    stop.abort();
    await running;
  });
  const opened = scope.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
