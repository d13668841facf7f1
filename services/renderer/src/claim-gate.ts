import type { SendItem } from '@posthorn/contracts';
import type { Taken } from '@posthorn/queue';
import type { Claim, ClaimResult, Claims } from './claims.ts';
import { drop, type Outcome } from './outcome.ts';

/** What has ids that count once. */
export type ClaimedItem = Pick<SendItem, 'accountId' | 'statusId' | 'sendId' | 'requestKey'>;

/** Lets each `sendId` and each idempotent request through once. */
export type ClaimGate = Readonly<{
  /** Claims the ids of a bag's sends; returns what becomes of those that another send was before. Throws while Redis is away. */
  enter: (items: readonly Taken<ClaimedItem>[]) => Promise<ReadonlyMap<string, Outcome>>;
  /** Notes that these sends were dropped: a repeat is told IDEMPOTENT_FAIL. */
  fail: (items: readonly Taken<ClaimedItem>[]) => Promise<void>;
}>;

export function createClaimGate(claims: Claims): ClaimGate {
  return {
    async enter(items) {
      const wanted = items.flatMap((taken) => claimsOf(taken).map((claim) => ({ id: taken.id, claim })));
      const results = wanted.length === 0 ? [] : await claims.claim(wanted.map(({ claim }) => claim));
      const refused = new Map<string, Outcome>();
      for (const [index, { id }] of wanted.entries()) {
        const outcome = outcomeOf(results[index] ?? 'ours');
        // A second post of the same send is silent whatever else is claimed: the first one reports.
        if (outcome && refused.get(id)?.kind !== 'repeat') refused.set(id, outcome);
      }
      return refused;
    },
    async fail(items) {
      const failed = items.flatMap(claimsOf);
      if (failed.length > 0) await claims.fail(failed);
    },
  };
}

function claimsOf({ item, originBagId }: Taken<ClaimedItem>): Claim[] {
  const { accountId, statusId, sendId, requestKey } = item;
  const claim = (kind: 'send' | 'request', name: string): Claim => ({
    id: { kind, accountId, name },
    statusId,
    originBagId,
  });
  return [
    ...(requestKey === undefined ? [] : [claim('request', requestKey)]),
    ...(sendId === undefined ? [] : [claim('send', sendId)]),
  ];
}

function outcomeOf(result: ClaimResult): Outcome | undefined {
  if (result === 'repeat') return { kind: 'repeat' };
  if (result === 'taken')
    return drop('IDEMPOTENT_IGNORE', 'Another send has this sendId; it was accepted before.');
  if (result === 'failed') return drop('IDEMPOTENT_FAIL', 'Another send has this sendId; it was dropped.');
  return undefined;
}
