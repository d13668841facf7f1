import type { Logger } from '@posthorn/runtime';
import { z } from 'zod';
import { createBagCodec } from './bag.ts';
import { mastersOf } from './durability.ts';
import type { RedisLink } from './redis-link.ts';
import { createSealer } from './seal.ts';

export type BlobReferencesOptions = Readonly<{
  redis: RedisLink;
  log: Logger;
  /** The one that the posters have; without it sealed bags cannot be read. */
  sealKey?: string | undefined;
}>;

const scanCount = 500;
/** A bag's job, as `queueKey` names it: the lane twice, then the bag's id. */
const jobKey = /^\{ph:([^:]+):\d+\}:\1:([bd]-[0-9a-f-]+)$/;
const parkedKey = /^\{ph:([^:]+):\d+\}:parked$/;
/** What is read of a parked item: the bag that its release posts. */
const Parked = z.object({ b: z.string(), d: z.string() });

/**
 * The ids of all blobs that some bag of some lane names, waiting, delayed, under way or parked; null where a bag could
 * not be read, so that nothing can be said.
 *
 * A bag that is made from another during the look may be missed, and the other gone when its turn comes: who deletes
 * what is not named looks twice, with time between.
 */
export async function findBlobReferences(
  options: BlobReferencesOptions,
): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>();
  for await (const { lane, bagId, data } of eachBag(options.redis)) {
    const sealer = options.sealKey === undefined ? undefined : createSealer(options.sealKey);
    const decoded = createBagCodec(lane, sealer).decode(bagId, data);
    if (decoded.kind === 'unreadable') {
      options.log.warn({ lane, bagId, reason: decoded.reason }, 'bag cannot be read, no blob is swept');
      return null;
    }
    for (const { b: blobId } of decoded.bag.e) if (blobId !== undefined) found.add(blobId);
  }
  return found;
}

type PackedBag = { lane: string; bagId: string; data: unknown };

async function* eachBag({ client }: RedisLink): AsyncGenerator<PackedBag> {
  for (const node of mastersOf(client)) {
    let cursor = '0';
    do {
      const [next, keys] = await node.scan(cursor, 'MATCH', '{ph:*', 'COUNT', scanCount);
      for (const key of keys) yield* bagsAt({ client }, key);
      cursor = next;
    } while (cursor !== '0');
  }
}

async function* bagsAt({ client }: Pick<RedisLink, 'client'>, key: string): AsyncGenerator<PackedBag> {
  const [, lane, bagId = ''] = jobKey.exec(key) ?? [];
  if (lane !== undefined) {
    const text = await client.hget(key, 'data');
    // Gone meanwhile: done, or carried on by another bag. BullMQ keeps the data as JSON.
    if (text !== null) yield { lane, bagId, data: JSON.parse(text) };
  }
  const parkedLane = parkedKey.exec(key)?.[1];
  if (parkedLane === undefined) return;
  let cursor = '0';
  do {
    const [next, texts] = await client.hscan(key, cursor, 'COUNT', scanCount);
    for (const text of texts.filter((_, at) => at % 2 === 1)) {
      const { b, d } = Parked.parse(JSON.parse(text));
      yield { lane: parkedLane, bagId: b, data: d };
    }
    cursor = next;
  } while (cursor !== '0');
}
