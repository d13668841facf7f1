import { createHash } from 'node:crypto';
import type { Redis } from '@posthorn/queue';
import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/** What was decided of a message when it first came: a repeat that is posted again is posted as the same sends. */
export const Seed = z.object({ acceptedAtMs: z.int(), statusIds: z.array(z.string()) });
export type Seed = z.infer<typeof Seed>;

/** What is known of a key. */
export type Claimed =
  /** Nothing was accepted under it yet: post with this seed, which may be that of an earlier try. */
  | Readonly<{ kind: 'post'; seed: Seed }>
  /** It was accepted, as these sends. */
  | Readonly<{ kind: 'accepted'; seed: Seed }>;

/** Remembers keys of messages for a day, in the Redis that holds the mailbags, so as durably as the sends themselves. */
export type Repeats = Readonly<{
  /** Notes the seed before anything is posted. Throws `Fault('unavailable')` when Redis does not answer. */
  claim: (key: string, seed: Seed) => Promise<Claimed>;
  /** Notes that the sends are accepted. */
  confirm: (key: string, seed: Seed) => Promise<void>;
}>;

const rememberMs = 24 * 60 * 60_000;
const acceptedMark = 'A';
const claimedMark = 'C';

/**
 * Two clients that repeat a message at the same time both post the same sends, of which the renderer lets one through
 * each, by the item's `requestKey`; so does one whose submission was killed between the post and the 250.
 */
export function createRepeats(redis: Redis): Repeats {
  return {
    async claim(key, seed) {
      const text = claimedMark + JSON.stringify(seed);
      try {
        const known = await redis.set(redisKey(key), text, 'PX', rememberMs, 'NX', 'GET');
        if (known === null) return { kind: 'post', seed };
        const kept = Seed.parse(JSON.parse(known.slice(1)));
        return { kind: known.startsWith(acceptedMark) ? 'accepted' : 'post', seed: kept };
      } catch (cause) {
        throw new Fault('unavailable', 'The queue is not available. Try again shortly.', { cause });
      }
    },
    async confirm(key, seed) {
      await redis.set(redisKey(key), acceptedMark + JSON.stringify(seed), 'PX', rememberMs);
    },
  };
}

const redisKey = (key: string) => `ph:smtp-repeat:${key}`;

/** Names one message of an account to one set of recipients: a client that sends it to others sends another. */
export function repeatKeyOf(
  accountId: number,
  id: { kind: 'key' | 'message-id'; value: string },
  recipients: readonly string[],
): string {
  const named = JSON.stringify([accountId, id.kind, id.value, recipients.toSorted()]);
  return createHash('sha256').update(named).digest('hex');
}
