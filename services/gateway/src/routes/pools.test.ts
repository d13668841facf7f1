import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dispatchLane, IpView, PoolList, PoolView, PublicEmail } from '@posthorn/contracts';
import { connectRedis, createPostbox, type RedisLink } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createBoundAddresses } from '@posthorn/shaping';
import { connectStore, type Store } from '@posthorn/store';
import { errorOf } from '../testing/error-of.ts';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

const scope = new AsyncDisposableStack();
let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let key: string;
let redis: RedisLink;
let store: Store;

before(async () => {
  gateway = scope.use(await startRealGateway({ ALLOW_PRIVATE_ADDRESSES: 'true', DEFAULT_POOL: 'main' }));
  ({ key } = await gateway.newKey('operator,content,transactional-email'));
  redis = scope.use(await connectRedis({ url: gateway.redis.url, role: 'poster', log: silentLogger }));
  store = scope.use(await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger }));
  await store.whenReady();
});
after(() => scope.disposeAsync());

test('the installation’s default pool and `default` are there from the start, and stay', async () => {
  const { results } = PoolList.parse((await ask('GET /v1/pools')).body);

  assert.deepEqual(
    results.filter(({ name }) => ['default', 'main'].includes(name)),
    [
      { name: 'default', isDefault: false, ips: [], accounts: [] },
      { name: 'main', isDefault: true, ips: [], accounts: [] },
    ],
  );
  for (const name of ['default', 'main']) assert.equal((await ask(`DELETE /v1/pools/${name}`)).status, 409);
});

test('a default pool of another name is stored, so that dispatchers see it', async () => {
  while (!(await store.pools.find('main'))) await new Promise((resolve) => setTimeout(resolve, 10));

  assert.deepEqual(
    (await store.pools.list()).filter(({ name }) => name === 'main'),
    [{ name: 'main', createdAtMs: 0 }],
  );
});

test('a pool shows its addresses and how many dispatchers can send from one of them', async () => {
  await make('shown');
  const ip = await addIp('127.0.0.21', 'shown');
  await addIp('127.0.0.22', 'shown');
  const bound = createBoundAddresses({ redis: redis.client, clock: systemClock });
  await bound.announce('one', ['127.0.0.21', '127.0.0.22']);
  await bound.announce('two', ['127.0.0.22']);

  const pool = PoolView.parse((await ask('GET /v1/pools/shown')).body);

  assert.deepEqual([pool.ips.length, pool.dispatchers], [2, 2]);
  assert.deepEqual(pool.ips[0], { id: ip.id, address: '127.0.0.21', state: 'checking' });
});

test('a pool is deleted only when it is empty', async () => {
  await make('full');
  const { id } = await addIp('127.0.0.31', 'full');

  const refused = await ask('DELETE /v1/pools/full');
  await ask(`PATCH /v1/ips/${id}`, { pool: 'default' });
  const deleted = await ask('DELETE /v1/pools/full');

  assert.equal(refused.status, 409);
  assert.match(errorOf(refused.body).message, /still has IPs \(1\): move or delete/);
  assert.equal(deleted.status, 204);
  for (const target of ['GET /v1/pools/full', 'DELETE /v1/pools/full'])
    assert.equal((await ask(target)).status, 404, target);
});

test('a pool in whose queue mail waits is kept', async () => {
  await make('queued');
  await using postbox = createPostbox(dispatchLane('queued'), { redis, log: silentLogger });
  const statusId = '01a20003-7e44-8a0b-89e6-895f3e0fe1bf';
  const recipients = [{ deliveryId: `${statusId}:0`, address: 'jane@example.com' }];
  const ids = { id: `${statusId}-t`, statusId, accountId: gateway.accountId, emailId: 1 };
  const times = { acceptedAtMs: 1, expiresAtMs: 2 };
  const returnPath = 'b@bounces.test';
  await postbox.post({
    ...{ ...ids, ...times, returnPath, recipients, rendition: 'x' },
    ...{ smtpUtf8: false, onAmbiguous: 'retry' },
  });

  const refused = await ask('DELETE /v1/pools/queued');

  assert.equal(refused.status, 409);
  assert.match(errorOf(refused.body).message, /Mail waits in the queue/);
});

test('a pool that an account sends by is kept', async () => {
  await make('ofaccount');
  await gateway.admin(`accounts set --account ${gateway.accountId} --pool ofaccount`);

  const refused = await ask('DELETE /v1/pools/ofaccount');
  await gateway.admin(`accounts set --account ${gateway.accountId} --no-pool`);

  assert.match(errorOf(refused.body).message, new RegExp(`Account ${gateway.accountId} sends by this pool`));
  assert.equal((await ask('DELETE /v1/pools/ofaccount')).status, 204);
});

test('an email names a pool, its published version carries it, and the pool is kept as long', async () => {
  await make('ofemail');
  const email = PublicEmail.parse((await ask('POST /marketing/v3/emails', anEmail('ofemail'))).body);
  await ask(`POST /marketing/v3/emails/${email.id}/publish`);
  const { publishedVersion = 0 } = (await store.emails.find(gateway.accountId, Number(email.id))) ?? {};
  const version = await store.emailVersions.find(gateway.accountId, Number(email.id), publishedVersion);

  const refused = await ask('DELETE /v1/pools/ofemail');
  await ask(`PATCH /marketing/v3/emails/${email.id}`, { pool: null });
  await ask(`POST /marketing/v3/emails/${email.id}/publish`);

  assert.deepEqual([email.pool, version?.pool], ['ofemail', 'ofemail']);
  assert.match(errorOf(refused.body).message, new RegExp(`Email ${email.id} is sent by this pool`));
  assert.equal((await ask('DELETE /v1/pools/ofemail')).status, 204);
});

test('a pool that there is not is refused where an email names it, also when it is published', async () => {
  await make('gone');
  const made = await ask('POST /marketing/v3/emails', anEmail('nope'));
  const email = PublicEmail.parse((await ask('POST /marketing/v3/emails', anEmail('gone'))).body);
  const changed = await ask(`PATCH /marketing/v3/emails/${email.id}`, { pool: 'nope' });
  await ask('DELETE /v1/pools/gone');
  const published = await ask(`POST /marketing/v3/emails/${email.id}/publish`);

  for (const { status, body } of [made, changed, published]) {
    assert.equal(status, 400);
    assert.equal(errorOf(body).fields[0], 'pool');
  }
  assert.match(errorOf(made.body).message, /must be a pool that this account may send by: main/);
});

test('names that cannot be part of a lane’s name, and those that are taken, are refused', async () => {
  for (const name of ['', 'Bulk', 'a b', 'a:b', 'x'.repeat(41)])
    assert.equal((await ask('POST /v1/pools', { name })).status, 400, name);
  await make('twice');
  for (const name of ['twice', 'default']) assert.equal((await ask('POST /v1/pools', { name })).status, 409);
});

test('only a key of an operator may', async () => {
  const { key: other } = await gateway.newKey('transactional-email,content');

  for (const target of ['GET /v1/pools', 'GET /v1/pools/default', 'DELETE /v1/pools/default'])
    assert.equal((await call(gateway, target, { key: other })).status, 403, target);
});

function anEmail(pool: string) {
  const from = { fromName: 'Shop', replyTo: 'orders@shop.test' };
  return { name: 'Receipt', subject: 'Hi', from, content: { html: '<p>Hi</p>' }, pool };
}

async function make(name: string): Promise<void> {
  assert.equal((await ask('POST /v1/pools', { name })).status, 201);
}

async function addIp(address: string, pool: string): Promise<IpView> {
  return IpView.parse((await ask('POST /v1/ips', { address, pool, ehloName: 'mx.posthorn.test' })).body);
}

async function ask(target: string, body?: object) {
  return call({ ...gateway, key }, target, { body });
}
