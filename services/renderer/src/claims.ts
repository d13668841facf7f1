import { createHash } from 'node:crypto';
import type { Redis } from '@posthorn/queue';

/** What claiming an id told: it is ours (now or since an earlier run), or what became of who has it. */
export type ClaimResult = 'ours' | 'repeat' | 'taken' | 'failed';

export type Claim = Readonly<{
  /** What may be sent once: `sendId` of an account, or a repeat of an HTTP request. */
  id: Readonly<{ kind: 'send' | 'request'; accountId: number; name: string }>;
  statusId: string;
  /** The bag in which the send was first posted: a second post of it is in another one. */
  originBagId: string;
}>;

/** Remembers for each id which send has it. At most one send is `ours` for each, whatever crashes. */
export type Claims = Readonly<{
  claim: (claims: readonly Claim[]) => Promise<ClaimResult[]>;
  /** Notes that the send which has these ids was dropped. */
  fail: (claims: readonly Claim[]) => Promise<void>;
}>;

const failedMark = '!';

/** Claims in Redis, each one atomic command; those of one bag share a round trip. */
export function createRedisClaims(redis: Redis, { ttlMs }: { ttlMs: number }): Claims {
  return {
    claim: (claims) =>
      Promise.all(
        claims.map(async (claim) => {
          const holder = await redis.set(keyOf(claim), holderOf(claim), 'PX', ttlMs, 'NX', 'GET');
          return resultOf(claim, holder);
        }),
      ),
    fail: async (claims) => {
      await Promise.all(
        claims.map((claim) => redis.set(keyOf(claim), failedMark + holderOf(claim), 'PX', ttlMs)),
      );
    },
  };
}

/** A dump of Redis shows no caller's id. */
function keyOf({ id: { kind, accountId, name } }: Claim): string {
  return `posthorn:claim:${createHash('sha256').update(`${kind}|${accountId}|${name}`).digest('base64url')}`;
}

function holderOf({ statusId, originBagId }: Claim): string {
  return `${statusId}:${originBagId}`;
}

function resultOf(claim: Claim, holder: string | null): ClaimResult {
  if (holder === null) return 'ours';
  const value = holder.startsWith(failedMark) ? holder.slice(1) : holder;
  if (value === holderOf(claim)) return 'ours';
  if (value.startsWith(`${claim.statusId}:`)) return 'repeat';
  return holder.startsWith(failedMark) ? 'failed' : 'taken';
}
