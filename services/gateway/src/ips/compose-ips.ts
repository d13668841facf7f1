import type { PoolName } from '@posthorn/contracts';
import { type CheckIpDeps, createCheckIp, createListSpfHosts } from '@posthorn/domains/ips';
import type { Clock } from '@posthorn/runtime';
import type { BoundAddresses } from '@posthorn/shaping';
import type { DomainRepository, IpRepository } from '@posthorn/store';
import type { DomainsHow } from '../domains/sending-domains.ts';
import { createKeepPools, type KeepPools, type KeepPoolsDeps } from '../pools/keep-pools.ts';
import { createPoolGrants, type PoolGrants, type PoolGrantsDeps } from '../pools/pool-grants.ts';
import { createKeepIps, type KeepIps, type KeepIpsDeps } from './keep-ips.ts';

/** How sending addresses are kept and checked. */
export type IpsHow = Readonly<{
  /** Who can send from which address now. */
  bound: Pick<BoundAddresses, 'of' | 'ofAny'>;
  countQueued: KeepPoolsDeps['countQueued'];
  blocklists: CheckIpDeps['blocklists'];
  allowsPrivate: boolean;
  defaultPool: PoolName;
}>;

/** What of the store, addresses and pools need. */
export type IpStores = Omit<
  KeepPoolsDeps,
  'ips' | 'grants' | 'bound' | 'countQueued' | 'defaultPool' | 'clock'
> &
  Omit<PoolGrantsDeps, 'defaultPool'> &
  Readonly<{
    ips: Pick<IpRepository, 'find' | 'insert' | 'list' | 'update' | 'remove'>;
    domains: Pick<DomainRepository, 'listVerified'>;
  }>;

export type ComposeIpsDeps = Readonly<{
  store: IpStores;
  how: IpsHow;
  /** Their DNS is asked as that of sending domains is. */
  domains: DomainsHow;
  warmup: KeepIpsDeps['warmup'];
  clock: Clock;
}>;

/** Composes what the routes of addresses and pools need. */
export function composeIps({
  store,
  how,
  domains: { lookup, installation },
  warmup,
  clock,
}: ComposeIpsDeps): {
  keepIps: KeepIps;
  keepPools: KeepPools;
  poolGrants: PoolGrants;
} {
  const { ips, domains } = store;
  const { bound, countQueued, blocklists, allowsPrivate, defaultPool } = how;
  const poolGrants = createPoolGrants({ ...store, defaultPool });
  const keepPools = createKeepPools({ ...store, grants: poolGrants, bound, countQueued, defaultPool, clock });
  const check = createCheckIp({
    ...{ ips, lookup, blocklists, clock, random: Math.random },
    listSpfHosts: createListSpfHosts({ domains, installation }),
    countBound: bound.of,
    isWarm: (address) => warmup.isWarm(address),
  });
  return {
    keepPools,
    poolGrants,
    keepIps: createKeepIps({ ips, pools: keepPools, warmup, check, allowsPrivate, clock }),
  };
}
