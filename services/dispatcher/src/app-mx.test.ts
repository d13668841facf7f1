import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { startDnsServer } from '@posthorn/testing';
import { startDispatcher } from './app.ts';
import { loadConfig } from './config.ts';
import { createDispatchWorld, type DispatchWorld, shortLease } from './testing/dispatch-world.ts';
import { selfSignedCertificate } from './testing/pool-with-sink.ts';
import { until } from './testing/until.ts';

const zone = {
  'example.org': { MX: [[10, 'mx.example.org']] as const },
  'mx.example.org': { A: ['127.0.0.1'] },
};

test('without SMTP_ROUTE a message goes where DNS says, and its event says how it was protected', async (t) => {
  const startTls = await selfSignedCertificate(t);
  await using world = await createDispatchWorld({ behaviour: { startTls } });
  await using dns = await startDnsServer(zone);
  await using _app = await startIn(world, { DNS_SERVERS: dns.address });

  const sent = await world.post('ok', 200);
  await until(() => world.events.filter(({ type }) => type === 'DELIVERED').length >= 200);

  assert.deepEqual(world.sink.entries.map(({ probeId }) => probeId).toSorted(), sent.toSorted());
  assert.partialDeepStrictEqual(
    world.events.find(({ type }) => type === 'DELIVERED'),
    { mx: 'mx.example.org', tls: { protocol: 'TLSv1.3', verified: false, policy: 'none' } },
  );
  assert.equal(dns.queries.filter(({ type }) => type === 'MX').length, 1);
});

test('a null MX ends as a bounce, a domain without DNS waits, and a private address gets no connection', async () => {
  await using world = await createDispatchWorld();
  await using dns = await startDnsServer({ 'example.org': { MX: [[0, '.']] } });
  const none = { DNS_SERVERS: dns.address, ALLOW_PRIVATE_ADDRESSES: 'no' };
  await using _app = await startIn(world, none);
  const first = (type: string) => world.events.find((event) => event.type === type);

  await world.post('ok', 1);
  await until(() => first('BOUNCE') !== undefined);
  dns.add({ 'sick.example': { fault: 'servfail' } });
  await world.post('ok', 1, { recipients: [{ deliveryId: `${randomUUID()}:0`, address: 'a@sick.example' }] });
  await until(() => first('DEFERRED') !== undefined);
  dns.add({ 'inward.example': { A: ['127.0.0.1'] } });
  await world.post('ok', 1, {
    recipients: [{ deliveryId: `${randomUUID()}:0`, address: 'a@inward.example' }],
  });
  await until(() => world.events.filter(({ type }) => type === 'BOUNCE').length === 2);

  assert.partialDeepStrictEqual(first('BOUNCE'), { status: '5.1.10', category: 'DNS_FAILURE' });
  assert.partialDeepStrictEqual(first('DEFERRED'), { status: '4.4.3', category: 'DNS_FAILURE' });
  assert.equal(world.sink.counts.connections, 0);
});

async function startIn({ env, sink, setSources }: DispatchWorld, overrides: Record<string, string>) {
  const mx = { SMTP_ROUTE: '', MX_PORT: String(sink.port), ALLOW_PRIVATE_ADDRESSES: 'yes' };
  await setSources({ pools: [], sources: [] });
  const config = loadConfig({ ...env, ...mx, ALLOW_SYSTEM_ADDRESS: 'yes', ...overrides });
  return startDispatcher(config, silentLogger, { lease: shortLease });
}
