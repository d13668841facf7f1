import { connectRedis, findBlobReferences, type QueueSettings } from '@posthorn/queue';
import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { repeatEvery } from './repeat-every.ts';
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

  async function sweepOnce(): Promise<void> {
    try {
      await sweep(clock.nowMs());
    } catch (error) {
      // Redis or MongoDB is away: the next look is soon enough.
      if (!isFault(error, 'unavailable')) log.error({ err: error }, 'blobs could not be swept');
    }
  }

  scope.use(repeatEvery(everyMs, sweepOnce));
  const opened = scope.move();
  return { [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
