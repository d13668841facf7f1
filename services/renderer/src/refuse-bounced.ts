import type { StatusId } from '@posthorn/contracts';
import { isFault } from '@posthorn/runtime';
import type { RenderAccount } from './account-scope.ts';
import { type Drop, drop, type Wait } from './outcome.ts';
import { databaseWait } from './prepare-send.ts';

/** The addresses that an account should not write to, as far as the renderer asks. */
export type FindSuppressed = (
  accountId: number,
  emails: readonly string[],
) => Promise<ReadonlyMap<string, Readonly<{ origins: Readonly<{ bounce?: unknown; manual?: unknown }> }>>>;

/** A send, as far as it matters here. */
export type AddressedSend = Readonly<{
  item: Readonly<{ accountId: number; statusId: StatusId }>;
  envelope: Readonly<{ to: Readonly<{ address: string }> }>;
  account: Pick<RenderAccount, 'settings'>;
}>;

/**
 * Says which sends must not leave, by statusId, because their To address bounced before or was put on the list by hand.
 * Only accounts that ask for it (`refuseHardBounced`) are looked up, in one query an account and bag: for all others
 * nothing is asked. A complaint refuses nothing here: the mail is transactional (facts: HubSpot, single send).
 *
 * While MongoDB is away such sends wait: the account asked not to write to such addresses.
 */
export function createRefuseBounced({
  findSuppressed,
  random,
}: {
  findSuppressed: FindSuppressed;
  random: () => number;
}) {
  return async (sends: readonly AddressedSend[]): Promise<Map<string, Drop | Wait>> => {
    const asking = sends.filter(({ account }) => account.settings.refuseHardBounced === true);
    const byAccount = Map.groupBy(asking, ({ item }) => item.accountId);
    const refused = await Promise.all([...byAccount].map(([accountId, own]) => refusedOf(accountId, own)));
    return new Map(refused.flat());
  };

  async function refusedOf(
    accountId: number,
    sends: readonly AddressedSend[],
  ): Promise<[string, Drop | Wait][]> {
    try {
      const emails = sends.map(({ envelope }) => envelope.to.address);
      const found = await findSuppressed(accountId, emails);
      return sends.flatMap(({ item, envelope }) => {
        const origins = found.get(envelope.to.address)?.origins;
        const refusal = origins && refusalOf(origins);
        return refusal ? [[item.statusId, refusal] satisfies [string, Drop]] : [];
      });
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      return sends.map(({ item }) => [item.statusId, databaseWait(random)]);
    }
  }
}
export type RefuseBounced = ReturnType<typeof createRefuseBounced>;

function refusalOf({ bounce, manual }: { bounce?: unknown; manual?: unknown }): Drop | undefined {
  if (manual) return drop('BLOCKED_ADDRESS', 'to is on the list of suppressed addresses.');
  return bounce ? drop('PREVIOUSLY_BOUNCED', 'Mail to this address bounced before.') : undefined;
}
