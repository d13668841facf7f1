import { type Clock, Fault } from '@posthorn/runtime';

/** What of a Redis connection is used here; each command names one key, so that a cluster will do. */
export type BoundRedis = Readonly<{
  zadd: (key: string, score: number, member: string) => Promise<unknown>;
  zrem: (key: string, member: string) => Promise<unknown>;
  zremrangebyscore: (key: string, min: string, max: number) => Promise<unknown>;
  zrangebyscore: (key: string, min: string, max: string) => Promise<string[]>;
  pexpire: (key: string, milliseconds: number) => Promise<unknown>;
}>;

/**
 * Which dispatchers can send from an address now, as they say themselves. Every method rejects with an `unavailable`
 * Fault while Redis is away.
 */
export type BoundAddresses = Readonly<{
  /** Says that `owner` can send from these addresses; to be repeated at least every 15 seconds. */
  announce: (owner: string, addresses: readonly string[]) => Promise<void>;
  /** Takes that back at once: the address cannot be bound any more (row F54), or the dispatcher stops. */
  withdraw: (owner: string, addresses: readonly string[]) => Promise<void>;
  /** How many dispatchers can send from it. */
  of: (address: string) => Promise<number>;
  /** The same for several; each of them is in the answer. */
  ofMany: (addresses: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** How many dispatchers can send from at least one of them. */
  ofAny: (addresses: readonly string[]) => Promise<number>;
}>;

/** An announcement counts for so long: three that are missed. */
const freshMs = 45_000;

/** Announcements in Redis: `ph:bound:<address>` holds each dispatcher with the time it was last seen. */
export function createBoundAddresses({
  redis,
  clock,
}: {
  redis: BoundRedis;
  clock: Pick<Clock, 'nowMs'>;
}): BoundAddresses {
  const ownersOf = (address: string) =>
    reach(redis.zrangebyscore(keyOf(address), `(${clock.nowMs() - freshMs}`, '+inf'));

  async function announceOne(owner: string, address: string, nowMs: number): Promise<void> {
    const key = keyOf(address);
    await Promise.all([
      redis.zadd(key, nowMs, owner),
      redis.zremrangebyscore(key, '-inf', nowMs - freshMs),
      redis.pexpire(key, 2 * freshMs),
    ]);
  }

  return {
    async announce(owner, addresses) {
      const nowMs = clock.nowMs();
      await reach(Promise.all(addresses.map((address) => announceOne(owner, address, nowMs))));
    },
    async withdraw(owner, addresses) {
      await reach(Promise.all(addresses.map((address) => redis.zrem(keyOf(address), owner))));
    },
    of: async (address) => (await ownersOf(address)).length,
    async ofMany(addresses) {
      const owners = await Promise.all(addresses.map(ownersOf));
      return new Map(addresses.map((address, index) => [address, owners[index]?.length ?? 0]));
    },
    async ofAny(addresses) {
      return new Set((await Promise.all(addresses.map(ownersOf))).flat()).size;
    },
  };
}

function keyOf(address: string): string {
  return `ph:bound:${address}`;
}

async function reach<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new Fault('unavailable', 'The queue is not available. Try again shortly.', { cause });
  }
}
