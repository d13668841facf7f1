import { createCheckDomain, createDnsLookup, createTrackingProbe } from '@posthorn/domains';
import { Fault, type Logger, startHealthServer, systemClock } from '@posthorn/runtime';
import { connectStore, createSeal } from '@posthorn/store';
import type { Config } from './config.ts';
import { createDomainChecker } from './domain-checker.ts';
import { openBlobSweep } from './open-blob-sweep.ts';
import { openIpChecks } from './open-ip-checks.ts';
import { openTlsReports } from './tls-reports/open-tls-reports.ts';
import { openGenerationWatch } from './watch-generation.ts';

/** A running automation service. Disposing it finishes what is in hand. */
export type Automation = AsyncDisposable & { healthPort: number };

/** Wires the service and starts it; what was opened is closed again if a step throws. */
export async function startAutomation(config: Config, log: Logger): Promise<Automation> {
  const { installation, dnsServers, graceMs } = config.domains;
  const { tlsReports: tlsReporting } = config;
  if (!installation) throw new Fault('misconfigured', 'RETURN_PATH_HOST and TRACKING_URL must be set.');
  const clock = systemClock;
  await using scope = new AsyncDisposableStack();

  const seal = tlsReporting && createSeal(tlsReporting.secret);
  const store = scope.use(await connectStore({ ...config.mongodb, log, ...(seal && { seal }) }));
  const lookup = createDnsLookup({ servers: dnsServers });
  const { domains, dkimKeys } = store;
  const check = createCheckDomain({
    ...{ domains, dkimKeys, installation, clock },
    lookup,
    probe: createTrackingProbe(installation),
    policy: { graceMs, random: Math.random },
  });
  const checker = scope.use(createDomainChecker({ domains, check, ...config.checks, clock, log }));
  const ipChecks = { store, lookup, installation, clock, log };
  const ipChecker = scope.use(await openIpChecks(config.ipChecks, ipChecks));
  scope.use(await openBlobSweep(config.blobSweep, { store, clock, log }));
  const generation = scope.use(await openGenerationWatch(config.generation, { store, clock, log }));
  const reports =
    tlsReporting && scope.use(await openTlsReports(tlsReporting, { store, lookup, clock, log }));
  const live = {
    ...{ domains: checker.healthCheck, ips: ipChecker.healthCheck },
    ...(reports && { tlsReports: reports.healthCheck }),
  };
  const checks = { live, ready: { mongodb: store.healthCheck, redisGeneration: generation.healthCheck } };
  const health = scope.use(await startHealthServer(checks, config.health));

  const opened = scope.move();
  return { healthPort: health.port, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}
