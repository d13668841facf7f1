import { readFile } from 'node:fs/promises';
import { createStatusIdIssuer, createTrackingTokens, keyringFromSecret } from '@posthorn/mail';
import type { BenchSystem } from './bench-system.ts';
import { startChild } from './child.ts';
import type { HitOrder, HitReport } from './hit-generator.ts';

export type HitsResult = Readonly<{ opensPerSecond: number; clicksPerSecond: number; barePerSecond: number }>;

const connections = 64;

/** Hits a second that the tracking service takes, beside a bare `node:http` server under the same load in the same run. */
export async function measureHits(system: BenchSystem, count: number): Promise<HitsResult> {
  const { instance } = system;
  const tokens = await tokensOf(system, 1_000);
  const port = Number(new URL(instance.trackingUrl).port);
  const opens = tokens.map((token) => `/t/o/${token.open()}.gif`);
  const clicks = tokens.map(
    (token, index) => `/t/c/${token.click(0, `https://shop.example/catalogue/section-${index}`)}`,
  );
  using bare = startChild('bare-server.ts');
  const barePort = await bare.next<number>();

  return {
    barePerSecond: await hitsPerSecond({ port: barePort, paths: opens, count, connections }, 200),
    opensPerSecond: await hitsPerSecond({ port, paths: opens, count, connections }, 200),
    clicksPerSecond: await hitsPerSecond({ port, paths: clicks, count, connections }, 302),
  };
}

async function tokensOf({ instance, emailId }: BenchSystem, count: number) {
  const keyring = keyringFromSecret((await readFile(instance.secretFile, 'utf8')).trim());
  const issuer = createStatusIdIssuer(keyring, { processSeed: 0 });
  const { accountId } = instance;
  return Array.from({ length: count }, () =>
    createTrackingTokens(keyring, { statusId: issuer.issue(accountId, Date.now()), accountId, emailId }),
  );
}

async function hitsPerSecond(order: HitOrder, expectedStatus: number): Promise<number> {
  using generator = startChild('hit-generator.ts');
  const { statuses, elapsedMs } = await generator.ask<HitReport>(order);
  const good = statuses[expectedStatus] ?? 0;
  if (good !== order.count) throw new Error(`Only ${good} of ${order.count} hits got ${expectedStatus}`);
  return Math.round((good * 1_000) / elapsedMs);
}
