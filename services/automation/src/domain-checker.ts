import type { CheckDomain } from '@posthorn/domains';
import type { Clock, Logger } from '@posthorn/runtime';
import type { Domain, DomainRepository } from '@posthorn/store';
import { createDueChecker, type DueChecker } from './due-checker.ts';

export type DomainCheckerDeps = Readonly<{
  domains: Pick<DomainRepository, 'takeDue'>;
  check: CheckDomain;
  /** Domains checked at once. */
  concurrency: number;
  /** Pause between two looks for what is due. */
  lookEveryMs: number;
  clock: Clock;
  log: Logger;
}>;

/** Checks each sending domain when it is due, and logs what became of it. */
export function createDomainChecker({ domains, check, log, ...how }: DomainCheckerDeps): DueChecker {
  return createDueChecker<Domain>({
    ...{ ...how, log, what: 'sending domain' },
    takeDue: (nowMs, leaseMs) => domains.takeDue(nowMs, leaseMs),
    nameOf: ({ id, accountId }) => ({ domainId: id, accountId }),
    async check(domain) {
      const { id: domainId, accountId, state } = domain;
      const checked = await check(domain);
      if (checked && checked.state !== state)
        log.info({ domainId, accountId, was: state, state: checked.state }, 'sending domain changed');
    },
  });
}
