import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deliveryIdOf, eventsLane } from '@posthorn/contracts';
import { createStatusIdIssuer, createTrackingTokens, keyringFromSecret } from '@posthorn/mail';
import { connectRedis, laneDepth } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import { anEvent, startTcpGate, withTestMongo, withTestRedis } from '@posthorn/testing';
import { startTracking } from './app.ts';
import { loadConfig } from './config.ts';

const secret = 'a secret of at least 32 bytes for tests';
const accountId = 20_000_001;
const emailId = 4_126_643_121;
const keyring = keyringFromSecret(secret);
const { issue } = createStatusIdIssuer(keyring, { processSeed: 1 });
const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' };
const target = 'https://shop.example/orders/6';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const mongo = scope.use(await withTestMongo());
const gate = scope.use(await startTcpGate({ port: Number(new URL(mongo.url).port || 27_017) }));
const store = scope.use(await connectStore({ url: mongo.url, dbName: mongo.dbName, log: silentLogger }));
await store.whenReady();
scope.defer(() => store.dropDatabase());
const app = scope.use(
  await startTracking(
    loadConfig({
      REDIS_URL: redis.url,
      MONGODB_URL: `mongodb://127.0.0.1:${gate.port}/${mongo.dbName}`,
      POSTHORN_SECRET: secret,
      HOST: '127.0.0.1',
      PORT: '0',
      FOLD_INTERVAL_MS: '20',
    }),
    silentLogger,
  ),
);
const link = scope.use(await connectRedis({ url: redis.url, role: 'plain', log: silentLogger }));
const base = `http://127.0.0.1:${app.port}`;

test('an open and a click are in the events, the send and the counters', async () => {
  const { statusId, open, click } = await aSend();

  assert.equal((await open()).status, 200);
  assert.equal((await click()).headers.get('location'), target);

  await until(async () => {
    const send = await store.sends.find(accountId, statusId);
    return Boolean(send?.opens.person && send.clicks.person);
  });
  assert.equal((await store.events.listBySend(accountId, statusId)).length, 2);
  await until(async () => (await store.counters.accountsToFold()).length === 0);
  assert.deepEqual(await countsOf(), { open: 1, uniqueOpen: 1, click: 1, uniqueClick: 1 });
});

test('a link that is asked for twenty times at once is one click', async () => {
  const { statusId, open, click } = await aSend();

  const answers = await Promise.all(Array.from({ length: 20 }, () => click()));
  await open();

  assert.ok(answers.every((answer) => answer.headers.get('location') === target));
  await until(async () => (await store.events.listBySend(accountId, statusId)).length >= 2);
  const types = (await store.events.listBySend(accountId, statusId)).map(({ type }) => type);
  assert.deepEqual(types.toSorted(), ['CLICK', 'OPEN']);
});

test('the service says that it lives and is ready', async () => {
  for (const path of ['/livez', '/readyz']) assert.equal((await fetch(base + path)).status, 200, path);
});

test('while MongoDB is away hits are answered as ever, and recorded once it is back (F08, F15)', async () => {
  const { statusId, open, click } = await aSend();
  const other = await aSend();
  gate.shut();

  for (const answer of [await open(), await click(), await other.open()])
    assert.ok([200, 302].includes(answer.status));
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  await until(async () => (await laneDepth(eventsLane, { redis: link })).delayed > 0);
  gate.open();

  await until(async () => (await store.events.listBySend(accountId, statusId)).length === 2);
  await until(async () => (await store.events.listBySend(accountId, other.statusId)).length === 1);
});

test('while Redis is away hits are answered within a second, and recorded once it is back (F08)', async () => {
  const { statusId, open, click } = await aSend();
  await redis.kill();

  const startedMs = performance.now();
  assert.equal((await open()).status, 200);
  assert.equal((await click()).headers.get('location'), target);
  assert.ok(performance.now() - startedMs < 2_000);
  assert.equal((await fetch(`${base}/readyz`)).status, 503);
  await redis.restart();

  await until(async () => (await store.events.listBySend(accountId, statusId)).length === 2);
  await until(async () => (await fetch(`${base}/readyz`)).status === 200);
});

/** A send that was delivered half a minute ago: the store knows that much of it, and none of its events. */
async function aSend() {
  const statusId = issue(accountId, Date.now() - 60_000);
  const atMs = Date.now() - 30_000;
  await store.sends.apply([
    anEvent('DELIVERED', { accountId, statusId, deliveryId: deliveryIdOf(statusId, 0), atMs }),
  ]);
  const tokens = createTrackingTokens(keyring, { statusId, accountId, emailId });
  const get = (path: string) => fetch(base + path, { redirect: 'manual', headers: browser });
  return {
    statusId,
    open: () => get(`/t/o/${tokens.open()}.gif`),
    click: () => get(`/t/c/${tokens.click(0, target)}`),
  };
}

async function countsOf() {
  const [total] = await store.counters.total({ accountId, fromMs: 0, toMs: Date.now() + 1 });
  return total?.counts;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await delay(20);
  }
}
