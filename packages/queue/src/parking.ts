import type { Lane } from '@posthorn/contracts';
import { z } from 'zod';
import type { Bag, BagCodec } from './bag.ts';
import { deriveBagId } from './bag-id.ts';
import { createBagPoster } from './bag-poster.ts';
import { carriedEntry } from './rebag.ts';
import type { RedisLink } from './redis-link.ts';
import { allShards, parkedKey } from './shards.ts';

/** An item taken out of the flow. Its content stays packed, and sealed where bags are. */
export type ParkedItem = Readonly<{
  id: string;
  reason: string;
  parkedAtMs: number;
  attempt: number;
  firstPostedAtMs: number;
}>;

/** As it stands in Redis: `b` is the bag that a release posts, `d` that bag's data. */
const ParkedText = z.object({
  r: z.string(),
  t: z.number(),
  a: z.number(),
  f: z.number(),
  b: z.string(),
  d: z.string(),
});

/**
 * Makes the text that parks one item. It holds the very bag that a release will post, with its id, so that a release
 * needs no seal key and may be repeated.
 */
export function parkedText(
  codec: BagCodec,
  { bagId, bag, index }: { bagId: string; bag: Bag; index: number },
  { reason, atMs }: { reason: string; atMs: number },
): string {
  const releaseId = deriveBagId(bagId, 'released', index, atMs);
  const entry = bag.e[index];
  return JSON.stringify({
    r: reason,
    t: atMs,
    a: entry?.a ?? 1,
    f: entry?.t ?? bag.t,
    b: releaseId,
    d: codec.encode(releaseId, atMs, [carriedEntry(bagId, bag, index, {})]),
  } satisfies z.infer<typeof ParkedText>);
}

type LaneName = Pick<Lane<unknown>, 'name'>;

/** Lists at most `limit` parked items of a lane, longest parked first; where there are more, any of them. */
export async function listParked(
  { name }: LaneName,
  { redis, limit = 100, shards = 1 }: { redis: RedisLink; limit?: number; shards?: number },
): Promise<ParkedItem[]> {
  const found: ParkedItem[] = [];
  for (const shard of allShards(shards)) {
    let cursor = '0';
    do {
      const [next, texts] = await redis.client.hscan(parkedKey(name, shard), cursor, 'COUNT', 50);
      for (let at = 0; at < texts.length; at += 2)
        found.push(readParked(texts[at] ?? '', texts[at + 1] ?? ''));
      cursor = next;
    } while (cursor !== '0' && found.length < limit);
  }
  return found.toSorted((a, b) => a.parkedAtMs - b.parkedAtMs).slice(0, limit);
}

/** Removes the record only if it is the one that was released: the item may have been parked again meanwhile. */
const forget =
  "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end";
const rememberMs = 24 * 60 * 60_000;

/** Sends parked items round again, each in a bag of its own; returns how many of `ids` were parked. Safe to repeat. */
export async function releaseParked(
  { name }: LaneName,
  ids: readonly string[],
  { redis, shards = 1, timeoutMs = 5_000 }: { redis: RedisLink; shards?: number; timeoutMs?: number },
): Promise<number> {
  await using poster = createBagPoster(name, { redis });
  let released = 0;
  for (const shard of allShards(shards)) {
    const key = parkedKey(name, shard);
    for (const id of ids) {
      const text = await redis.client.hget(key, id);
      if (text === null) continue;
      const { b, d } = ParkedText.parse(JSON.parse(text));
      await poster.add({ id: b, shard, data: d, rememberMs }, timeoutMs);
      await redis.client.eval(forget, 1, key, id, text);
      released += 1;
    }
  }
  return released;
}

function readParked(id: string, text: string): ParkedItem {
  const { r, t, a, f } = ParkedText.parse(JSON.parse(text));
  return { id, reason: r, parkedAtMs: t, attempt: a, firstPostedAtMs: f };
}
