import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type DnsNode, startDnsServer } from '@posthorn/testing';
import { startBenchSystem } from '../bench-system.ts';
import { startDispatchers } from '../receivers/dispatchers.ts';
import { measureWholePath } from '../whole-path.ts';
import { type GrowthRow, growthRow } from './growth-row.ts';

const senders = 50;

/**
 * Sends as many messages to more and more domains, each with a mail host and an address of its own, so that no
 * connection serves two of them: what routes, is shaped and connects does so once for each. Every step has domains that
 * were never seen before.
 */
export async function measureDomains(
  counts: readonly number[],
  { sends, firstPort }: { sends: number; firstPort: number },
): Promise<GrowthRow[]> {
  await using scope = new AsyncDisposableStack();
  const steps = counts.map((count, step) =>
    Array.from({ length: count }, (_, at) => `d${at}.step${step}.example`),
  );
  const dns = scope.use(await startDnsServer(zoneOf(steps.flat())));
  // The instance's own dispatcher sends all mail one way, so it gets a pool that nothing is in.
  const env = { POOLS: 'local' };
  const system = scope.use(await startBenchSystem(firstPort, { env, sinkHost: '0.0.0.0' }));
  const dispatchers = scope.use(
    await startDispatchers(1, {
      ...{ instance: system.instance, folder: path.join(system.home, 'logs') },
      ...{ secret: (await readFile(system.instance.secretFile, 'utf8')).trim() },
      ...{ firstHealthPort: firstPort + 50, env: await environmentOf(system, dns.address) },
    }),
  );
  const [dispatcher = 0] = dispatchers.pids;
  const instance = { ...system.instance, pids: { ...system.instance.pids, dispatcher } };

  const rows: GrowthRow[] = [];
  await measureWholePath(
    { ...system, instance },
    { sends: Math.min(2_000, sends), senders, domains: ['d0.warm.example'] },
  );
  for (const domains of steps)
    rows.push(
      growthRow(domains.length, await measureWholePath({ ...system, instance }, { sends, senders, domains })),
    );
  return rows;
}

/** Addresses from 127.1.0.0 up, on which the one sink listens as on all others. */
function zoneOf(domains: readonly string[]): Record<string, DnsNode> {
  const zone: Record<string, DnsNode> = {};
  for (const [at, domain] of ['d0.warm.example', ...domains].entries()) {
    zone[domain] = { MX: [[10, `mx.${domain}`]], ttlSeconds: 3_600 };
    zone[`mx.${domain}`] = { A: [`127.1.${at >> 8}.${at & 255}`], ttlSeconds: 3_600 };
  }
  return zone;
}

/** Limits so high that none is met: they are an operator's choice, and not what is measured. */
async function environmentOf(
  { home, sinkPort }: { home: string; sinkPort: number },
  dnsAddress: string,
): Promise<Record<string, string>> {
  const shaping = path.join(home, 'shaping.yaml');
  const defaults = { connections: senders, messagesPerConnection: 1_000, messageRate: '10000/s' };
  await writeFile(shaping, JSON.stringify({ defaults }));
  return {
    ...{ DNS_SERVERS: dnsAddress, MX_PORT: String(sinkPort), SHAPING_FILE: shaping },
    ...{ ALLOW_PRIVATE_ADDRESSES: 'true', ALLOW_SYSTEM_ADDRESS: 'true', CONCURRENCY: '100' },
  };
}
