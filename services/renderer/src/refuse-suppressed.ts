import type { StatusId } from '@posthorn/contracts';
import { isFault } from '@posthorn/runtime';
import type { RenderAccount } from './account-scope.ts';
import { type Drop, drop, type Wait } from './outcome.ts';
import { databaseWait } from './prepare-send.ts';

type Origins = Readonly<{ bounce?: unknown; complaint?: unknown; manual?: unknown }>;

/** Finds the addresses of an account that are on its list of suppressions, with the origin of each entry. */
export type FindSuppressed = (
  accountId: number,
  emails: readonly string[],
) => Promise<ReadonlyMap<string, Readonly<{ origins: Origins }>>>;

/** A send, as far as it matters here. */
export type AddressedSend = Readonly<{
  item: Readonly<{ accountId: number; statusId: StatusId }>;
  envelope: Readonly<{ to: Readonly<{ address: string }> }>;
  account: Pick<RenderAccount, 'settings'>;
}>;

/**
 * Returns a function that says, by statusId, which sends must not leave because of the list of suppressions.
 *
 * An address that somebody put on the list by hand gets nothing, from the next send on, so nothing here is cached: one
 * query for each account and bag. Earlier bounces and complaints count only for accounts that ask for it. A contact's
 * subscription is never looked at, because the mail is transactional (facts: HubSpot, single send).
 *
 * While MongoDB is away the sends of an account that asks wait. Those of the others leave without the look at the list,
 * as all mail of known accounts does.
 */
export function createRefuseSuppressed({
  findSuppressed,
  random,
}: {
  findSuppressed: FindSuppressed;
  random: () => number;
}) {
  return async (sends: readonly AddressedSend[]): Promise<Map<string, Drop | Wait>> => {
    const byAccount = Map.groupBy(sends, ({ item }) => item.accountId);
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
      if (found.size === 0) return [];
      return sends.flatMap(({ item, envelope, account }) => {
        const origins = found.get(envelope.to.address)?.origins;
        const refusal = origins && refusalOf(origins, account);
        return refusal ? [[item.statusId, refusal] satisfies [string, Drop]] : [];
      });
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      return sends.filter(asks).map(({ item }) => [item.statusId, databaseWait(random)]);
    }
  }
}
export type RefuseSuppressed = ReturnType<typeof createRefuseSuppressed>;

function asks({ account: { settings } }: AddressedSend): boolean {
  return settings.refuseHardBounced === true || settings.refuseComplained === true;
}

function refusalOf(
  { bounce, complaint, manual }: Origins,
  { settings }: AddressedSend['account'],
): Drop | undefined {
  if (manual) return drop('BLOCKED_ADDRESS', 'to is on the list of suppressed addresses.');
  if (bounce && settings.refuseHardBounced)
    return drop('PREVIOUSLY_BOUNCED', 'Mail to this address bounced before.');
  if (complaint && settings.refuseComplained)
    return drop('PREVIOUS_SPAM', 'Mail to this address was called spam before.');
  return undefined;
}
