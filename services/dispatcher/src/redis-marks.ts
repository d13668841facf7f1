import { type Clock, Fault } from '@posthorn/runtime';
import { DeliveryMark, type DeliveryMarks } from './delivery-mark.ts';

/** The commands of a Redis client that marks need; ioredis has them. */
export type MarkStore = {
  mget(...keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, ttl: 'PX', ttlMs: number): Promise<unknown>;
  unlink(...keys: string[]): Promise<unknown>;
};

/** Turns a mark's text into what Redis holds, so that a dump shows no recipient (row B17); null where it cannot be read. */
export type MarkSeal = Readonly<{
  seal: (text: string, key: string) => string;
  open: (sealed: string, key: string) => string | null;
}>;

const dayMs = 86_400_000;

/** Hash tags of a lane's marks on a cluster: they cost Redis more than its mailbags do, and one tag is one node. */
export const clusterTagCount = 8;

/**
 * Marks in Redis, with `tagCount` above 1 spread over the nodes of a cluster. With `appendfsync always` a reply means that the mark is on disk.
 */
export function createRedisMarks({
  redis,
  lane,
  clock,
  seal = clear,
  tagCount = 1,
}: {
  redis: MarkStore;
  /** The lane's name. */
  lane: string;
  clock: Clock;
  seal?: MarkSeal;
  /** The same for all dispatchers of a lane, or they would not know one another's marks. */
  tagCount?: number;
}): DeliveryMarks {
  const tagOf = (deliveryId: string) => spread(deliveryId) % tagCount;
  /** A command may name keys of one tag only. */
  const byTag = (deliveryIds: readonly string[]) => [...Map.groupBy(deliveryIds, tagOf).values()];
  const keyOf = (deliveryId: string) => `ph:{${lane}:${tagOf(deliveryId)}}:mark:${deliveryId}`;

  return {
    async read(deliveryIds) {
      const marks = new Map<string, DeliveryMark>();
      const readTag = async (ids: readonly string[]): Promise<void> => {
        const keys = ids.map(keyOf);
        const values = await reach(redis.mget(...keys));
        for (const [at, key] of keys.entries()) {
          const value = values[at];
          if (value) marks.set(ids[at] ?? '', parseMark(seal.open(value, key)));
        }
      };
      await Promise.all(byTag(deliveryIds).map(readTag));
      return marks;
    },
    async write(deliveryId, mark, expiresAtMs) {
      const key = keyOf(deliveryId);
      const ttlMs = Math.max(expiresAtMs - clock.nowMs(), 0) + dayMs;
      await reach(redis.set(key, seal.seal(JSON.stringify(mark), key), 'PX', ttlMs));
    },
    async clear(deliveryIds) {
      await Promise.all(byTag(deliveryIds).map((ids) => reach(redis.unlink(...ids.map(keyOf)))));
    },
  };
}

/** The same number for the same id; ids end in random digits and an index, so their last characters differ enough. */
function spread(deliveryId: string): number {
  let sum = 0;
  for (let at = Math.max(0, deliveryId.length - 8); at < deliveryId.length; at += 1) {
    sum += deliveryId.charCodeAt(at);
  }
  return sum;
}

const clear: MarkSeal = { seal: (text) => text, open: (text) => text };

const unreadable: DeliveryMark = { state: 'committing', attempt: 1, ambiguousCount: 0 };

function parseMark(text: string | null): DeliveryMark {
  if (text === null) return unreadable;
  try {
    return DeliveryMark.safeParse(JSON.parse(text)).data ?? unreadable;
  } catch {
    return unreadable;
  }
}

async function reach<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new Fault('unavailable', 'Delivery marks cannot be reached.', { cause });
  }
}
