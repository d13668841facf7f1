import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createDnsLookup } from '@posthorn/domains';
import { connectRedis } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createBoundAddresses } from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import type { SendingIp } from '@posthorn/store';
import { startDnsServer, withTestRedis, withTestStore } from '@posthorn/testing';
import { openIpChecks } from './open-ip-checks.ts';
import { until } from './testing/until.ts';

const installation = {
  ...{ returnPathHost: 'bounces.posthorn.test', spfHost: 'bounces.posthorn.test' },
  ...{ trackingHost: null, trackingUrl: 'http://t.posthorn.test' },
};
const zone = {
  '7.2.0.192.in-addr.arpa': { PTR: ['mx.posthorn.test'] },
  'mx.posthorn.test': { A: ['192.0.2.7'] },
  'bounces.posthorn.test': { TXT: ['v=spf1 ip4:192.0.2.7 ~all'] },
  '2.0.0.127.bl.test': { A: ['127.0.0.2'] },
};
const listed = { '7.2.0.192.bl.test': { A: ['127.0.0.3'] } };

test('B12: by the clock alone an address begins, is drained while it is listed, and comes back warm', {
  timeout: 60_000,
}, async () => {
  await using world = await setUp();
  const { store, dns, id } = world;
  const stateIs = (state: string) => until(async () => (await store.ips.find(id))?.state === state);
  await stateIs('checking');
  await until(async () => (await store.ips.find(id))?.checks['bound']?.state === 'failing');

  await world.bound.announce('a dispatcher', ['192.0.2.7']);
  await world.makeDue();
  await stateIs('warming');
  dns.add(listed);
  await world.makeDue();
  await stateIs('draining');
  await world.warmup.skip('192.0.2.7');
  dns.serve(zone);
  await world.makeDue();
  await stateIs('active');
});

async function setUp() {
  await using scope = new AsyncDisposableStack();
  const store = scope.use(await withTestStore());
  const server = scope.use(await withTestRedis());
  const log = silentLogger;
  const redis = scope.use(await connectRedis({ url: server.url, role: 'poster', log }));
  const dns = scope.use(await startDnsServer(zone));
  const ip = anIp();
  await store.ips.insert(ip);
  const lookup = createDnsLookup({ servers: [dns.address] });
  const settings = {
    ...{ redis: { url: server.url, trustSettings: false }, blocklists: ['bl.test'] },
    ...{ concurrency: 2, lookEveryMs: 20 },
  };
  scope.use(await openIpChecks(settings, { store, lookup, installation, clock: systemClock, log }));

  async function makeDue(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      const { revision = 0 } = (await store.ips.find(ip.id)) ?? {};
      isDone = (await store.ips.update(ip.id, { nextCheckAtMs: 0 }, revision)) !== null;
    }
  }
  const opened = scope.move();
  return {
    ...{ store, dns, id: ip.id, makeDue },
    bound: createBoundAddresses({ redis: redis.client, clock: systemClock }),
    warmup: createWarmup({ redis: redis.client, clock: systemClock }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function anIp(): SendingIp {
  return {
    ...{ id: randomUUID(), address: '192.0.2.7', ehloName: 'mx.posthorn.test', pool: 'default' },
    ...{ state: 'checking', warmup: 'plan', checks: {}, revision: 0 },
    ...{ createdAtMs: 0, updatedAtMs: 0, nextCheckAtMs: 0 },
  };
}
