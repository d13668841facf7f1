import type { DnsLookup, Installation } from '@posthorn/domains';
import { createCheckIp, createListSpfHosts } from '@posthorn/domains/ips';
import { connectRedis } from '@posthorn/queue';
import type { Clock, Logger } from '@posthorn/runtime';
import { createBoundAddresses } from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import type { Store } from '@posthorn/store';
import type { Config } from './config.ts';
import type { DueChecker } from './due-checker.ts';
import { createIpChecker } from './ip-checker.ts';

export type IpChecksDeps = Readonly<{
  store: Pick<Store, 'ips' | 'domains'>;
  lookup: DnsLookup;
  installation: Installation;
  clock: Clock;
  log: Logger;
}>;

/** Wires the checks of sending addresses and starts them. Who can bind which, and who is warm, is in Redis. */
export async function openIpChecks(
  { redis: redisSettings, blocklists, ...how }: Config['ipChecks'],
  { store: { ips, domains }, lookup, installation, clock, log }: IpChecksDeps,
): Promise<DueChecker> {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await connectRedis({ ...redisSettings, role: 'poster', log }));
  const warmup = scope.use(createWarmup({ redis: redis.client, clock }));
  const check = createCheckIp({
    ...{ ips, lookup, blocklists, clock, random: Math.random },
    listSpfHosts: createListSpfHosts({ domains, installation }),
    countBound: createBoundAddresses({ redis: redis.client, clock }).of,
    isWarm: (address) => warmup.isWarm(address),
  });
  const checker = scope.use(createIpChecker({ ips, check, ...how, clock, log }));

  const opened = scope.move();
  return { healthCheck: checker.healthCheck, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
