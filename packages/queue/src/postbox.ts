import type { Lane } from '@posthorn/contracts';
import { Fault, type HealthCheck, type Logger } from '@posthorn/runtime';
import { createBagCodec } from './bag.ts';
import { deriveBagId, newBagId } from './bag-id.ts';
import { type BagPoster, createBagPoster, type PackedBag } from './bag-poster.ts';
import type { BlobStore } from './blob-store.ts';
import { GroupCommit } from './group-commit.ts';
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

/** A derived bag is not split, so that it is there or not; more than this of its items' JSON travels beside it. */
const derivedBytesMax = 4 * 1024 * 1024;

/** Opens the way into `lane`. */
export function createPostbox<Item>(lane: Lane<Item>, options: PostboxOptions): Postbox<Item> {
  const { redis, blobs, shards = 1, timeoutMs = 900 } = options;
  const poster = createBagPoster(lane.name, options);
  const postBag = createPostBag(lane.name, poster, options);
  const { pack, packTogether } = createItemPacker(lane, blobs);
  let turn = 0;

  const commits = new GroupCommit<PackedItem>(
    async (items, { openedAtMs }) => {
      if (!(await redis.memory.hasRoom()))
        throw new Fault('unavailable', 'The queue is full.', { lane: lane.name });
      const remainingMs = timeoutMs - (performance.now() - openedAtMs);
      // Its time passed while it waited for others: it was never sent, so a repeat is safe.
      if (remainingMs <= 0) throw new Fault('unavailable', 'The queue is too slow now.', { lane: lane.name });
      turn = (turn + 1) % shards;
      await postBag({ id: newBagId(), shard: turn, rememberMs: rememberFreshMs }, items, remainingMs);
    },
    { inFlightMax },
  );

  async function post(item: Item): Promise<void> {
    const packed = await pack(item);
    await commits.add(packed, packed.weightBytes);
  }

  function derived(fromBagId: string, ...parts: readonly number[]): DerivedBag<Item> {
    const id = deriveBagId(fromBagId, lane.name, ...parts);
    const shard = shardOf(id, shards);
    return {
      bagId: id,
      postedKey: postedKey(lane.name, shard, id),
      post: async (items) => {
        const packed = await packTogether(items, derivedBytesMax);
        await postBag({ id, shard, rememberMs: rememberDerivedMs }, packed, timeoutMs);
      },
    };
  }

  return {
    post,
    derived,
    postAll: async (items) => void (await Promise.all(items.map(post))),
    isHealthy: () => () => healthOf(redis),
    [Symbol.asyncDispose]: async () => {
      await commits.drained();
      await poster[Symbol.asyncDispose]();
    },
  };
}

type NewBag = Pick<PackedBag, 'id' | 'shard' | 'rememberMs'>;

function createPostBag(lane: string, poster: BagPoster, { redis, sealKey }: PostboxOptions) {
  const codec = createBagCodec(lane, sealKey === undefined ? undefined : createSealer(sealKey));

  return async (bag: NewBag, items: readonly PackedItem[], timeoutMs: number): Promise<void> => {
    const traceParents = items.map(({ traceParent }) => traceParent);
    const span = { lane, bagId: bag.id, traceParents, isRoot: bag.rememberMs === rememberFreshMs };
    await withBagSpan(`post ${lane}`, 'PRODUCER', span, async () => {
      const entries = items.map(({ entry }) => entry);
      const data = codec.encode(bag.id, Date.now(), entries);
      redis.memory.notePosted(data.length);
      await poster.add({ ...bag, data }, timeoutMs);
    });
    countPosted(items.length, { lane });
  };
}

async function healthOf({ healthCheck, memory }: RedisLink): ReturnType<HealthCheck> {
  const health = await healthCheck();
  if (!health.ok || (await memory.hasRoom())) return health;
  return { ok: false, reason: 'Redis is 80 % full' };
}
