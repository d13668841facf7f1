import { createCheckDomain, createDnsLookup, createTrackingProbe } from '@posthorn/domains';
import { Fault, type Logger, startHealthServer, systemClock } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import type { Config } from './config.ts';
import { createDomainChecker } from './domain-checker.ts';

/** A running automation service. Disposing it finishes what is in hand. */
export type Automation = AsyncDisposable & { healthPort: number };

/** Wires the service and starts it; what was opened is closed again if a step throws. */
export async function startAutomation(config: Config, log: Logger): Promise<Automation> {
  const { installation, dnsServers, graceMs } = config.domains;
  if (!installation) throw new Fault('misconfigured', 'RETURN_PATH_HOST and TRACKING_URL must be set.');
  const clock = systemClock;
  await using scope = new AsyncDisposableStack();

  const store = scope.use(await connectStore({ ...config.mongodb, log }));
  const { domains, dkimKeys } = store;
  const check = createCheckDomain({
    ...{ domains, dkimKeys, installation, clock },
    lookup: createDnsLookup({ servers: dnsServers }),
    probe: createTrackingProbe(installation),
    policy: { graceMs, random: Math.random },
  });
  const checker = scope.use(createDomainChecker({ domains, check, ...config.checks, clock, log }));
  const checks = { live: { domains: checker.healthCheck }, ready: { mongodb: store.healthCheck } };
  const health = scope.use(await startHealthServer(checks, config.health));

  const opened = scope.move();
  return { healthPort: health.port, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}
