import { randomUUID } from 'node:crypto';
import {
  type DispatchItem,
  dispatchLane,
  tlsCountField,
  tlsCountsKey,
  tlsPolicyField,
  tlsReportsDueKey,
} from '@posthorn/contracts';
import { createDnsLookup, makeKeys } from '@posthorn/domains';
import { allDone, connectRedis, consume } from '@posthorn/queue';
import { createFakeClock, silentLogger } from '@posthorn/runtime';
import { createSeal, type Store } from '@posthorn/store';
import { type DnsZone, startDnsServer, withTestRedis, withTestStore } from '@posthorn/testing';
import { openTlsReports } from '../tls-reports/open-tls-reports.ts';
import type { TlsReportSettings } from '../tls-reports/settings.ts';
import { startReportServer } from './report-server.ts';

const accountId = 7;
export const day = '2026-05-01';
const dayEndMs = Date.UTC(2026, 4, 2);

/** For tests: what TLS reports are made of and go to, all real but the clock. A report's domain wants it at `rua`. */
export async function reportWorld({ isSigned = true, takesMail = true } = {}) {
  await using scope = new AsyncDisposableStack();
  const redis = scope.use(await withTestRedis());
  const link = scope.use(await connectRedis({ url: redis.url, role: 'worker', log: silentLogger }));
  const secret = 'x'.repeat(32);
  const store = scope.use(await withTestStore({ seal: createSeal(secret) }));
  const dns = scope.use(await startDnsServer({ 'rep.example': { A: ['127.0.0.1'] } }));
  const web = scope.use(await startReportServer('rep.example'));
  const clock = createFakeClock(dayEndMs + 5 * 3_600_000);
  const keys = isSigned ? await connectDomain(store) : [];
  const settings: TlsReportSettings = {
    redis: { url: redis.url, trustSettings: false },
    lane: { shards: 1, acceptReplicas: 0 },
    ...{
      secret,
      accountId,
      from: 'tls@posthorn.example',
      organization: 'Posthorn',
      contact: 'tls@posthorn.example',
    },
    ...{ trusted: [], pool: 'default', lookEveryMs: 20 },
  };
  const mails: DispatchItem[] = [];
  if (takesMail) scope.use(takeMails(link, store, mails));

  const opened = scope.move();
  return {
    ...{ redis, dns, web, clock, keys, mails, client: link.client },
    /** One more process that sends reports. */
    start: (judge: 'public' | 'special' = 'public') =>
      openTlsReports(settings, {
        ...{ store, clock, log: silentLogger, ca: web.ca, judge: () => judge },
        lookup: createDnsLookup({ servers: [dns.address] }),
      }),
    /** As dispatchers count: 40 sessions that went well and 2 that did not. */
    count: async (domain: string, rua: string) => {
      const failure = { mx: 'mx.shop.example', receivingIp: '192.0.2.7', sendingIp: '192.0.2.99' };
      const key = tlsCountsKey(day, domain);
      const field = (result: 'success' | 'certificate-expired') =>
        tlsCountField({ policy: 'sts', result, ...failure });
      await link.client.hset(key, field('success'), '40');
      await link.client.hset(key, field('certificate-expired'), '2');
      await link.client.hset(key, tlsPolicyField('sts'), JSON.stringify({ strings: ['version: STSv1'] }));
      await link.client.zadd(tlsReportsDueKey, String(dayEndMs + 3_600_000), `${day} ${domain}`);
      dns.add({ [`_smtp._tls.${domain}`]: { TXT: [`v=TLSRPTv1; rua=${rua}`] } } satisfies DnsZone);
    },
    /** Reports that are not done with, and when they come again. */
    due: async () => {
      const list = await link.client.zrange(tlsReportsDueKey, '0', '-1', 'WITHSCORES');
      return list.flatMap((domain, at) => (at % 2 === 0 ? [{ domain, atMs: Number(list[at + 1]) }] : []));
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Takes what is in the dispatch lane, as a dispatcher would. */
function takeMails(redis: Awaited<ReturnType<typeof connectRedis>>, { blobs }: Store, taken: DispatchItem[]) {
  return consume(
    dispatchLane('default'),
    async (items) => {
      taken.push(...items.map(({ item }) => item));
      return allDone;
    },
    { redis, blobs, concurrency: 1, log: silentLogger },
  );
}

/** Connects posthorn.example to the account, verified, and returns its keys as they are published. */
async function connectDomain({ domains, dkimKeys }: Store) {
  const domain = 'posthorn.example';
  const { keys, secrets } = await makeKeys(0);
  const active = keys.map((key) => ({ ...key, state: 'active' as const }));
  for (const key of secrets) await dkimKeys.insert({ ...key, accountId, domain, createdAtMs: 0 });
  await domains.insert({
    ...{ id: randomUUID(), accountId, domain, keys: active, checks: {}, state: 'verified' },
    ...{ returnPathHost: `bounces.${domain}`, trackingHost: `links.${domain}` },
    ...{ createdAtMs: 0, changedAtMs: 0, nextCheckAtMs: 0, revision: 0 },
  });
  return keys;
}
