import {
  createCheckDomain,
  createTrackingProbe,
  type DnsLookup,
  type DomainSettings,
} from '@posthorn/domains';
import type { Clock } from '@posthorn/runtime';
import type { DkimKeyRepository, DomainRepository } from '@posthorn/store';
import type { Cursors } from '../http/cursors.ts';
import type { DomainRoutesDeps } from '../routes/domains.ts';
import { createConnectDomains } from './connect-domains.ts';
import { createListDomains } from './list-domains.ts';

/** How sending domains are shown and checked; without an installation there are none. */
export type DomainsHow = Pick<DomainSettings, 'installation' | 'graceMs'> & Readonly<{ lookup: DnsLookup }>;

export type SendingDomainsDeps = Readonly<{
  domains: Pick<DomainRepository, 'insert' | 'find' | 'findNamed' | 'count' | 'list' | 'change' | 'delete'>;
  dkimKeys: Pick<DkimKeyRepository, 'insert' | 'delete'>;
  how: DomainsHow;
  cursors: Cursors;
  clock: Clock;
}>;

/** Composes what the routes of sending domains need. */
export function createSendingDomains({
  domains,
  dkimKeys,
  how: { installation, graceMs, lookup },
  cursors,
  clock,
}: SendingDomainsDeps): DomainRoutesDeps['sendingDomains'] {
  if (!installation) return null;
  const policy = { graceMs, random: Math.random };
  const probe = createTrackingProbe(installation);
  const check = createCheckDomain({ domains, dkimKeys, lookup, probe, installation, policy, clock });
  return {
    installation,
    connect: createConnectDomains({ domains, dkimKeys, check, clock }),
    list: createListDomains({ domains, cursors }),
  };
}
