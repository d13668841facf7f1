import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, eventsLane, returnsLane } from '@posthorn/contracts';
import { connectRedis, consume, done, eachItem, laneDepth } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createWarmup } from '@posthorn/shaping/warmup';
import { anEvent, startTcpGate, withTestRedis, withTestStore } from '@posthorn/testing';
import { createTransport } from 'nodemailer';
import { startReturns } from './app.ts';
import { loadConfig } from './config.ts';
import { accountId, aStatusId, golden, returnPathOf, secret } from './fixture.ts';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const store = scope.use(await withTestStore());
const gate = scope.use(await startTcpGate({ port: Number(new URL(store.url).port || 27_017) }));
const app = scope.use(
  await startReturns(
    loadConfig({
      REDIS_URL: redis.url,
      MONGODB_URL: `mongodb://127.0.0.1:${gate.port}/${store.dbName}`,
      ...{ POSTHORN_SECRET: secret, HOST: '127.0.0.1', HEALTH_HOST: '127.0.0.1' },
      ...{ SMTP_PORT: '0', SMTP_NAME: 'returns.shop.example', HEALTH_PORT: '0' },
      ...{ COMPLAINT_ADDRESSES: 'fbl@shop.example', COMPLAINT_SOURCES: 'fbl.example.net' },
    }),
    silentLogger,
    { resolve: async () => [['v=spf1 ip4:127.0.0.1 -all']] },
  ),
);
const link = scope.use(await connectRedis({ url: redis.url, role: 'worker', log: silentLogger }));

/** What tracking does, as far as it matters here. */
const record = eachItem<Parameters<typeof eventsLane.idOf>[0]>(
  async ({ item }) => {
    if (item.type === 'CONTACT') return done;
    await store.events.append([item]);
    await store.sends.apply([item]);
    await store.suppressions.apply([item]);
    return done;
  },
  { concurrency: 1 },
);
scope.use(consume(eventsLane, record, { redis: link, concurrency: 1, log: silentLogger }));

test('a late hard bounce changes the send, and its address is on the list', async () => {
  const statusId = await aSend();

  assert.match(await deliver(returnPathOf(statusId), golden('dsn-failed')), /^250/);

  await until(async () => (await deliveryOf(statusId))?.state === 'bounced');
  const delivery = await deliveryOf(statusId);
  assert.deepEqual([delivery?.bounced?.category, delivery?.bounced?.hard], ['UNKNOWN_USER', true]);
  const found = await store.suppressions.findMany(accountId, [addressOf(statusId)]);
  assert.equal(found.get(addressOf(statusId))?.origins.bounce?.status, '5.1.1');
});

test('the same report again, and another one, leave one bounce (B02)', async () => {
  const statusId = await aSend();
  for (const name of ['dsn-failed', 'dsn-failed', 'qmail-text', 'exchange-text'])
    await deliver(returnPathOf(statusId), golden(name));

  await until(async () => (await deliveryOf(statusId))?.state === 'bounced');
  await until(async () => (await depth()) === 0);

  const bounces = (await eventsOf(statusId)).filter(({ type }) => type === 'BOUNCE');
  assert.equal(bounces.length, 1);
});

test('a complaint to the postmaster is kept for a person, and nothing follows from it', async () => {
  const statusId = await aSend();
  const raw = golden('arf-headers-only', statusId);

  assert.match(await deliver('Postmaster@shop.example', raw, 'f@fbl.example.net'), /^250/);

  const query = { beforeMs: Date.now() + 60_000, after: 'postmaster:', limit: 1 };
  await until(async () => (await store.blobs.listOlder(query))[0]?.startsWith('postmaster:') === true);
  await until(async () => (await depth()) === 0);
  assert.deepEqual((await eventsOf(statusId)).map(({ type }) => type).includes('SPAMREPORT'), false);
});

test('a complaint unsubscribes, and transactional mail goes on', async () => {
  const statusId = await aSend();

  const reply = await deliver('fbl@shop.example', golden('arf-headers-only', statusId), 'f@fbl.example.net');

  assert.match(reply, /^250/);
  await until(async () => {
    const types = (await eventsOf(statusId)).map(({ type }) => type);
    return types.includes('SPAMREPORT') && types.includes('STATUSCHANGE');
  });
  await until(async () => (await deliveryOf(statusId))?.complainedAtMs !== undefined);
  assert.equal((await deliveryOf(statusId))?.state, 'delivered');
});

test('B2 a complaint counts against the warm-up of the address that the message left from', async () => {
  await using poster = await connectRedis({ url: redis.url, role: 'poster', log: silentLogger });
  const warmup = createWarmup({ redis: poster.client, clock: systemClock });
  await warmup.take({ ip: '192.0.2.1', provider: 'google.com' });
  const statusId = await aSend({ ip: '192.0.2.1', site: 'google.com' });

  await deliver('fbl@shop.example', golden('arf-headers-only', statusId), 'f@fbl.example.net');

  await until(async () => (await warmup.read('192.0.2.1')).providers[0]?.today.complained === 1);
});

test('while MongoDB is away reports are taken, and acted upon when it is back', async () => {
  const statusId = await aSend();
  gate.shut();

  assert.match(await deliver(returnPathOf(statusId), golden('postfix-text')), /^250/);
  await until(async () => (await depth()) > 0);
  gate.open();

  await until(async () => (await deliveryOf(statusId))?.state === 'bounced');
});

test('while Redis is away the answer is 451 4.3.0, and 250 once it is back', async () => {
  const statusId = await aSend();
  await redis.kill();

  await assert.rejects(deliver(returnPathOf(statusId), golden('dsn-failed')), /451 4\.3\.0/);
  await redis.restart();

  await until(() =>
    deliver(returnPathOf(statusId), golden('dsn-failed')).then(
      () => true,
      () => false,
    ),
  );
  await until(async () => (await deliveryOf(statusId))?.state === 'bounced');
});

test('the service says that it lives and is ready', async () => {
  for (const path of ['/livez', '/readyz'])
    assert.equal((await fetch(`http://127.0.0.1:${app.healthPort}${path}`)).status, 200, path);
});

function addressOf(statusId: string): string {
  return `${statusId}@example.com`;
}

/** A send that its receiver took a minute ago. */
async function aSend(left: { ip?: string; site?: string } = {}): Promise<string> {
  const statusId = aStatusId();
  const common = { statusId, recipient: addressOf(statusId), atMs: Date.now() - 60_000 };
  const events: Event[] = [anEvent('SENT', common), anEvent('DELIVERED', { ...common, ...left })];
  await store.events.append(events);
  await store.sends.apply(events);
  return statusId;
}

async function deliver(to: string, raw: string, from = ''): Promise<string> {
  const transport = createTransport({ host: '127.0.0.1', port: app.smtpPort, ignoreTLS: true });
  const { response } = await transport.sendMail({ envelope: { from, to: [to] }, raw });
  transport.close();
  return response;
}

async function deliveryOf(statusId: string) {
  return (await store.sends.find(accountId, statusId))?.deliveries[0];
}

function eventsOf(statusId: string): Promise<Event[]> {
  return store.events.listBySend(accountId, statusId);
}

async function depth(): Promise<number> {
  const { waiting, active, delayed } = await laneDepth(returnsLane, { redis: link });
  return waiting + active + delayed;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await delay(20);
  }
}
