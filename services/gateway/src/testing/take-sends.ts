import { renderLane, type SendItem } from '@posthorn/contracts';
import { allDone, connectRedis, consume } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';

type Place = Readonly<{ REDIS_URL: string; MONGODB_URL: string }>;

/** For tests: takes what is in the render lane, as the renderer would, until `isEnough`; throws after ten seconds. */
export async function takeSends(
  { REDIS_URL, MONGODB_URL }: Place,
  isEnough: (taken: readonly SendItem[]) => boolean = (taken) => taken.length > 0,
): Promise<SendItem[]> {
  const taken: SendItem[] = [];
  const arrived = Promise.withResolvers<void>();
  const timer = setTimeout(() => arrived.reject(new Error(`Only ${taken.length} sends came.`)), 10_000);
  await using redis = await connectRedis({ url: REDIS_URL, role: 'worker', log: silentLogger });
  await using store = await connectStore({ url: MONGODB_URL, log: silentLogger });
  await store.whenReady();
  await using _consumer = consume(
    renderLane,
    async (items) => {
      taken.push(...items.map(({ item }) => item));
      if (isEnough(taken)) arrived.resolve();
      return allDone;
    },
    { redis, blobs: store.blobs, concurrency: 1, log: silentLogger },
  );
  await arrived.promise;
  clearTimeout(timer);
  return taken;
}
