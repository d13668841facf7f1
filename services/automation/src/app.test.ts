import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { makeKeys } from '@posthorn/domains';
import { silentLogger } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';
import { startDnsServer, withTestRedis, withTestStore } from '@posthorn/testing';
import { startAutomation } from './app.ts';
import { loadConfig } from './config.ts';
import { until } from './testing/until.ts';

test('three processes check what is due, each domain once, and the service is live and ready', {
  timeout: 60_000,
}, async () => {
  await using scope = new AsyncDisposableStack();
  const store = scope.use(await withTestStore());
  const redis = scope.use(await withTestRedis());
  const { keys } = await makeKeys(0);
  const [{ selector = '', dnsValue = '' } = {}] = keys;
  const domains = Array.from({ length: 20 }, (_, index) => aDomain(`d${index}.test`, keys));
  const later = aDomain('later.test', keys, Date.now() + 600_000);
  for (const domain of [...domains, later]) await store.domains.insert(domain);
  const zone = [...domains, later].map(({ domain }) => [
    `${selector}._domainkey.${domain}`,
    { TXT: [dnsValue] },
  ]);
  const dns = scope.use(await startDnsServer(Object.fromEntries(zone)));

  const mongodb = new URL(store.url);
  mongodb.pathname = `/${store.dbName}`;
  const config = loadConfig({
    ...{ MONGODB_URL: mongodb.href, REDIS_URL: redis.url },
    ...{ DNS_SERVERS: dns.address, HEALTH_HOST: '127.0.0.1' },
    ...{ RETURN_PATH_HOST: 'bounces.posthorn.test', TRACKING_URL: 'https://t.posthorn.test' },
    DOMAIN_LOOK_EVERY_MS: '100',
  });
  const processes = await Promise.all([1, 2, 3].map(() => startAutomation(config, silentLogger)));
  for (const one of processes) scope.use(one);

  const stateOf = async ({ accountId, id }: Domain) => (await store.domains.find(accountId, id))?.state;
  await until(async () => (await Promise.all(domains.map(stateOf))).every((state) => state === 'verified'));

  assert.equal(await stateOf(later), 'pending');
  const asked = dns.queries.filter(({ name }) => name.startsWith(`${selector}._domainkey.d`));
  assert.equal(asked.length, domains.length);
  const health = `http://127.0.0.1:${processes[0]?.healthPort}`;
  for (const page of ['livez', 'readyz']) assert.equal((await fetch(`${health}/${page}`)).status, 200, page);
});

function aDomain(domain: string, keys: Domain['keys'], nextCheckAtMs = 0): Domain {
  return {
    ...{ id: randomUUID(), accountId: 7, domain, keys, checks: {}, state: 'pending' },
    ...{ returnPathHost: `bounces.${domain}`, trackingHost: `links.${domain}` },
    ...{ createdAtMs: 0, changedAtMs: 0, nextCheckAtMs, revision: 0 },
  };
}
