import { canSend, chooseDomain, coveringNames } from '@posthorn/domains';
import { type Clock, createFreshCache } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';

/** The stored domains, as far as submission uses them. */
export type DomainFinder = Readonly<{
  findNamed: (accountId: number, names: readonly string[]) => Promise<readonly Domain[]>;
}>;

/** Whether an account's mail may leave from a domain. Throws `Fault('unavailable')` where that is not known and cannot be asked. */
export type MaySendFrom = (accountId: number, fromDomain: string) => Promise<boolean>;

const freshMs = 10_000;

/**
 * The rule of the HTTP API (see `chooseDomain` in `@posthorn/domains`), asked before a message is accepted and not after.
 *
 * A domain that is not verified is asked for each time, so that mail goes as soon as it is. With `allowsAnyDomain`, for
 * development, every domain is good.
 */
export function createMaySendFrom({
  domains,
  clock,
  allowsAnyDomain,
}: {
  domains: DomainFinder;
  clock: Clock;
  allowsAnyDomain: boolean;
}): MaySendFrom {
  const cache = createFreshCache<Domain>({
    ...{ clock, freshMs, absentMs: 0, max: 10_000 },
    load: async (key) => {
      const [accountId = '', fromDomain = ''] = key.split(' ');
      const found = await domains.findNamed(Number(accountId), coveringNames(fromDomain));
      return chooseDomain(found, fromDomain, clock.nowMs()) ?? null;
    },
  });
  return async (accountId, fromDomain) => {
    if (allowsAnyDomain) return true;
    const domain = await cache.get(`${accountId} ${fromDomain}`);
    return domain !== null && canSend(domain, clock.nowMs());
  };
}
