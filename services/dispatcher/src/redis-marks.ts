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

/**
 * Marks in Redis, under the lane's own hash tag so that in a cluster they live, and fail, with its mailbags. With
 * `appendfsync always` a reply means that the mark is on disk.
 */
export function createRedisMarks({
  redis,
  lane,
  clock,
  seal = clear,
}: {
  redis: MarkStore;
  /** The lane's name. */
  lane: string;
  clock: Clock;
  seal?: MarkSeal;
}): DeliveryMarks {
  const keyOf = (deliveryId: string) => `ph:{${lane}}:mark:${deliveryId}`;

  return {
    async read(deliveryIds) {
      const keys = deliveryIds.map(keyOf);
      const values = await reach(redis.mget(...keys));
      const marks = new Map<string, DeliveryMark>();
      for (const [at, deliveryId] of deliveryIds.entries()) {
        const value = values[at];
        if (value) marks.set(deliveryId, parseMark(seal.open(value, keyOf(deliveryId))));
      }
      return marks;
    },
    async write(deliveryId, mark, expiresAtMs) {
      const key = keyOf(deliveryId);
      const ttlMs = Math.max(expiresAtMs - clock.nowMs(), 0) + dayMs;
      await reach(redis.set(key, seal.seal(JSON.stringify(mark), key), 'PX', ttlMs));
    },
    async clear(deliveryIds) {
      await reach(redis.unlink(...deliveryIds.map(keyOf)));
    },
  };
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
