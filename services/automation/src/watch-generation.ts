import { randomUUID } from 'node:crypto';
import { connectRedis, type QueueSettings, type Redis } from '@posthorn/queue';
import { type Clock, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';
import { repeatEvery } from './repeat-every.ts';

/** A key without an end, written as durably as mail. Replicas have it too, so a failover is no new generation. */
export const generationKey = 'ph:generation';

/** How long a loss is shown on the health page: until somebody has seen it, and not for ever. */
const shownMs = 3_600_000;

type Deps = Readonly<{
  redis: Pick<Redis, 'get' | 'set'>;
  generations: Store['generations'];
  clock: Clock;
  log: Logger;
}>;

/**
 * Makes the comparison of the mark in Redis with the one in MongoDB: where they differ, Redis was emptied or replaced,
 * and the mail that waited in it is gone.
 *
 * A new installation has neither mark, and a new MongoDB takes over the one of Redis. Any number of replicas may look
 * at once: only one sets a missing mark, and all others find that one.
 */
export function createLookAtGeneration({ redis, generations, clock, log }: Deps): () => Promise<void> {
  return async () => {
    const known = await generations.findLatest();
    const found = await redis.get(generationKey);
    if (found !== null && found === known?.id) return;
    const id = found ?? (await mark(redis));
    if (id === known?.id) return;
    await generations.begin({ id, startedAtMs: clock.nowMs(), isAfterLoss: known !== null });
    if (known !== null)
      log.error(
        { generation: id, before: known.id },
        'redis was emptied or replaced: mail that waited in it is lost',
      );
  };
}

async function mark(redis: Deps['redis']): Promise<string> {
  const id = randomUUID();
  const isSet = await redis.set(generationKey, id, 'NX');
  return isSet === 'OK' ? id : ((await redis.get(generationKey)) ?? id);
}

export type GenerationWatchSettings = Readonly<{ redis: QueueSettings['redis']; everyMs: number }>;

/** Looks at the generation at once and every `everyMs`, and shows on the health page for an hour that there was a loss. */
export async function openGenerationWatch(
  { redis: settings, everyMs }: GenerationWatchSettings,
  { store, clock, log }: { store: Pick<Store, 'generations'>; clock: Clock; log: Logger },
): Promise<AsyncDisposable & { healthCheck: HealthCheck }> {
  await using scope = new AsyncDisposableStack();
  const { client } = scope.use(await connectRedis({ ...settings, role: 'plain', log }));
  const { generations } = store;
  const look = createLookAtGeneration({ redis: client, generations, clock, log });

  async function lookOnce(): Promise<void> {
    try {
      await look();
    } catch (error) {
      // Redis or MongoDB is away: the next look is soon enough.
      if (!isFault(error, 'unavailable')) log.warn({ err: error }, 'the generation of redis is not known');
    }
  }

  scope.use(repeatEvery(everyMs, lookOnce, { beginsNow: true }));
  const opened = scope.move();
  return {
    healthCheck: async () => {
      const lostAtMs = await generations.findLossAfter(clock.nowMs() - shownMs);
      if (lostAtMs === null) return { ok: true };
      const at = new Date(lostAtMs).toISOString();
      return {
        ok: false,
        reason: `Redis was emptied or replaced before ${at}: mail that waited in it is lost`,
      };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
