import type { Claim, ClaimResult, Claims } from '../claims.ts';

/** Claims without Redis, for tests of handlers. */
export function createMemoryClaims(): Claims {
  const holders = new Map<string, { statusId: string; bag: string; failed: boolean }>();
  const keyOf = ({ id }: Claim) => `${id.kind}:${id.name}`;
  const claim = (wanted: Claim): ClaimResult => {
    const holder = holders.get(keyOf(wanted));
    if (!holder)
      holders.set(keyOf(wanted), { statusId: wanted.statusId, bag: wanted.originBagId, failed: false });
    if (!holder) return 'ours';
    if (holder.statusId === wanted.statusId) return holder.bag === wanted.originBagId ? 'ours' : 'repeat';
    return holder.failed ? 'failed' : 'taken';
  };
  return {
    claim: async (claims: readonly Claim[]) => claims.map(claim),
    fail: async (claims: readonly Claim[]) => {
      for (const failed of claims)
        holders.set(keyOf(failed), { statusId: failed.statusId, bag: failed.originBagId, failed: true });
    },
  };
}
