import { type AddressRules, type Clock, createAddressJudge } from '@posthorn/runtime';
import type { Router } from '../router.ts';
import { createDnsClient, type DnsClientOptions } from './dns-client.ts';
import { createHostLocator, type IpPreference } from './host-locator.ts';
import { createFindMailHosts } from './mail-hosts.ts';
import { createMxRouter } from './mx-router.ts';
import { createFetchStsPolicy } from './sts-fetch.ts';
import { createStsPolicies } from './sts-policies.ts';
import { createRedisStsStore, type StsRedis } from './sts-store.ts';
import { type CountRedis, createRedisTlsReport } from './tls-report.ts';
import { createFindTlsaRecords } from './tlsa-records.ts';

export type MxRouting = Readonly<{
  dns: DnsClientOptions;
  preference: IpPreference;
  addresses: AddressRules;
  /** Names of this system, lower case. */
  ownHosts: readonly string[];
  /** Domains that get mail over verified TLS or not at all; `*` is every one. */
  requireTls: readonly string[];
  mxPort: number;
  stsPort: number;
}>;

/** Wires the router that finds the way to a domain in DNS. */
export function openMxRouter(
  { dns: dnsOptions, preference, addresses, ownHosts, requireTls, mxPort, stsPort }: MxRouting,
  { redis, clock }: { redis: StsRedis & CountRedis; clock: Clock },
): Router {
  const dns = createDnsClient(dnsOptions);
  const locate = createHostLocator({ dns, judge: createAddressJudge(addresses), preference, clock });
  const tlsReport = createRedisTlsReport({ redis, clock });
  const demanding = new Set(requireTls);

  return createMxRouter({
    ...{ locate, tlsReport, clock, port: mxPort },
    findMailHosts: createFindMailHosts({ dns, isOurs: (host) => ownHosts.includes(host) }),
    findTlsaRecords: createFindTlsaRecords({ dns, port: mxPort, clock }),
    stsPolicies: createStsPolicies({
      ...{ dns, clock },
      fetchPolicy: createFetchStsPolicy({ locate, port: stsPort }),
      store: createRedisStsStore(redis),
      onFailure: (domain, result) => tlsReport.count({ domain, policy: 'sts', result }),
    }),
    requiresTls: (domain) => demanding.has('*') || demanding.has(domain),
  });
}
