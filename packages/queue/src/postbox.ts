import type { Lane } from '@posthorn/contracts';
import { Fault, type HealthCheck, type Logger } from '@posthorn/runtime';
import { createBagCodec } from './bag.ts';
import { deriveBagId, newBagId } from './bag-id.ts';
import { createBagPoster } from './bag-poster.ts';
import type { BlobStore } from './blob-store.ts';
import { createGroupCommit } from './group-commit.ts';
import { createItemPacker, type PackedItem } from './item-packer.ts';
import type { RedisLink } from './redis-link.ts';
import { createSealer } from './seal.ts';
import { postedKey, shardOf } from './shards.ts';
import { countPosted, withBagSpan } from './telemetry.ts';

export type PostboxOptions = Readonly<{
  redis: RedisLink;
  log: Logger;
  /** Where items over 256 KiB go; without one they travel in their bag. */
  blobs?: BlobStore;
  /** The same number for all who post to the lane or consume it. */
  shards?: number;
  /** Seals bags; the consumers need it too. */
  sealKey?: string;
  /** Replicas that must hold a bag before it counts as posted. */
  acceptReplicas?: number;
  /** Longest a post may take before it rejects. */
  timeoutMs?: number;
}>;

/** A bag whose id derives from another's, so that posting it again changes nothing. */
export type DerivedBag<Item> = Readonly<{
  bagId: string;
  /** Exists from when the bag was posted until long after it was handled. */
  postedKey: string;
  post: (items: readonly Item[]) => Promise<void>;
}>;

/** The way into one lane. Disposing it posts what is open, within its timeout, and closes its connection. */
export type Postbox<Item> = AsyncDisposable &
  Readonly<{
    /**
     * Resolves when the item is on disk in Redis: that is what "accepted" means.
     *
     * Items posted at about the same time share a bag; a lone one leaves at once. Rejects with an `unavailable`
     * Fault within `timeoutMs` when Redis is away, read-only or 80 % full (rows B10, B14): a post whose answer was
     * lost may then still have been posted, so a caller who repeats it needs an id of its own in the item. Rejects
     * with an `invalid_request` Fault when the item does not fit the lane.
     */
    post: (item: Item) => Promise<void>;
    /** Like `post` for each; rejects when any does, and the others may then have been posted. */
    postAll: (items: readonly Item[]) => Promise<void>;
    /** A check that fails while Redis cannot take mail. */
    isHealthy: () => HealthCheck;
    /** For `ctx.postNext`; a fake without it can only `post`. */
    derived?: (fromBagId: string, ...parts: readonly number[]) => DerivedBag<Item>;
  }>;

/** Full bags on their way at once; more only adds load, since Redis writes one after another. */
const inFlightMax = 4;
/** A fresh bag's id need only outlive a repeated command, which comes with the next connection. */
const rememberFreshMs = 10 * 60_000;
/** A derived bag's id must outlive the crash of whoever derived it; shortened once that one has finished. */
const rememberDerivedMs = 7 * 24 * 60 * 60_000;

/** Opens the way into `lane`. */
export function createPostbox<Item>(
  lane: Lane<Item>,
  { redis, blobs, shards = 1, sealKey, acceptReplicas, timeoutMs = 900 }: PostboxOptions,
): Postbox<Item> {
  const poster = createBagPoster(lane.name, { redis, acceptReplicas });
  const codec = createBagCodec(lane.name, sealKey === undefined ? undefined : createSealer(sealKey));
  const pack = createItemPacker(lane, blobs);
  const commits = createGroupCommit<PackedItem>(postFresh, { inFlightMax });
  let turn = 0;

  async function postFresh(
    items: readonly PackedItem[],
    { openedAtMs }: { openedAtMs: number },
  ): Promise<void> {
    if (!(await redis.memory.hasRoom()))
      throw new Fault('unavailable', 'The queue is full.', { lane: lane.name });
    const remainingMs = timeoutMs - (performance.now() - openedAtMs);
    // Its time passed while it waited for others: it was never sent, so a repeat is safe.
    if (remainingMs <= 0) throw new Fault('unavailable', 'The queue is too slow now.', { lane: lane.name });
    turn = (turn + 1) % shards;
    await postBag({ id: newBagId(), shard: turn, rememberMs: rememberFreshMs }, items, remainingMs);
  }

  async function postBag(
    bag: { id: string; shard: number; rememberMs: number },
    items: readonly PackedItem[],
    remainingMs: number,
  ): Promise<void> {
    const traceParents = items.map(({ traceParent }) => traceParent);
    const span = { lane: lane.name, bagId: bag.id, traceParents, isRoot: bag.rememberMs === rememberFreshMs };
    await withBagSpan(`post ${lane.name}`, 'PRODUCER', span, async () => {
      const entries = items.map(({ entry }) => entry);
      const data = codec.encode(bag.id, Date.now(), entries);
      redis.memory.notePosted(data.length);
      await poster.add({ ...bag, data }, remainingMs);
    });
    countPosted(items.length, { lane: lane.name });
  }

  async function post(item: Item): Promise<void> {
    const packed = await pack(item);
    await commits.add(packed, packed.entry.length);
  }

  return {
    post,
    postAll: async (items) => void (await Promise.all(items.map(post))),
    isHealthy: () => async () => {
      const health = await redis.healthCheck();
      if (!health.ok) return health;
      return (await redis.memory.hasRoom()) ? health : { ok: false, reason: 'Redis is 80 % full' };
    },
    derived: (fromBagId, ...parts) => {
      const bagId = deriveBagId(fromBagId, lane.name, ...parts);
      const shard = shardOf(bagId, shards);
      return {
        bagId,
        postedKey: postedKey(lane.name, shard, bagId),
        post: async (items) => {
          const packed = await Promise.all(items.map(pack));
          await postBag({ id: bagId, shard, rememberMs: rememberDerivedMs }, packed, timeoutMs);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await commits.drained();
      await poster[Symbol.asyncDispose]();
    },
  };
}
