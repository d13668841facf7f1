import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { IpList, IpView } from '@posthorn/contracts';
import { connectRedis, type RedisLink } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { createBoundAddresses } from '@posthorn/shaping';
import { createWarmup } from '@posthorn/shaping/warmup';
import { connectStore, createSeal, type Store } from '@posthorn/store';
import { startDnsServer } from '@posthorn/testing';
import { errorOf } from '../testing/error-of.ts';
import { startRealGateway } from '../testing/real-gateway.ts';
import { call } from '../testing/test-gateway.ts';

const host = 'mx.posthorn.test';
const scope = new AsyncDisposableStack();
let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let key: string;
let redis: RedisLink;
let store: Store;
let dns: Awaited<ReturnType<typeof startDnsServer>>;
let last = 1;

before(async () => {
  dns = scope.use(await startDnsServer());
  gateway = scope.use(
    await startRealGateway({
      ...{ ALLOW_PRIVATE_ADDRESSES: 'true', DNS_SERVERS: dns.address, DNSBL_ZONES: 'bl.test' },
      ...{ RETURN_PATH_HOST: 'bounces.posthorn.test', TRACKING_URL: 'https://t.posthorn.test' },
    }),
  );
  ({ key } = await gateway.newKey('operator'));
  redis = scope.use(await connectRedis({ url: gateway.redis.url, role: 'poster', log: silentLogger }));
  const seal = createSeal(gateway.env.POSTHORN_SECRET);
  store = scope.use(await connectStore({ url: gateway.env.MONGODB_URL, log: silentLogger, seal }));
  await store.whenReady();
});
after(() => scope.disposeAsync());

test('an address that is added is checked; once all of it is right mail may leave from it', async () => {
  const added = await add({ address: '192.0.2.200', warmup: 'skip' });
  const unready = await ask(`POST /v1/ips/${added.id}/check`);
  await announce('192.0.2.200');
  dns.serve({
    '200.2.0.192.in-addr.arpa': { PTR: [host] },
    [host]: { A: ['192.0.2.200'] },
    'bounces.posthorn.test': { TXT: ['v=spf1 ip4:192.0.2.200 ~all'] },
    '2.0.0.127.bl.test': { A: ['127.0.0.2'] },
  });
  const ready = await ask(`POST /v1/ips/${added.id}/check`);

  assert.deepEqual([added.state, added.pool, added.warmup], ['checking', 'default', 'skip']);
  assert.match(unready.stateReason ?? '', /Not ready: bound, ptr, ehlo, spf, blocklists/);
  assert.ok(unready.checks.every(({ message }) => message !== undefined));
  assert.equal(ready.state, 'active');
  assert.deepEqual(
    ready.checks.map(({ state }) => state),
    Array(5).fill('passed'),
  );
  assert.deepEqual(await ask(`GET /v1/ips/${added.id}`), ready);
});

test('the credentials of a SOCKS5 server are never shown, and dispatchers read them', async () => {
  const socks5 = { host: 'Relay.test', port: 1_080, username: 'user', password: 'secret words' };
  const added = await add({ socks5 });
  const { body } = await raw('GET /v1/ips');

  assert.deepEqual(added.socks5, { host: 'relay.test', port: 1_080, hasCredentials: true });
  assert.doesNotMatch(JSON.stringify(body), /secret words|"user"/);
  assert.equal((await store.ips.find(added.id))?.socks5?.password, 'secret words');
  assert.equal((await change(added.id, { socks5: null })).socks5, undefined);
});

const unusable: Readonly<Record<string, [body: object, field: string, message: RegExp]>> = {
  'no address': [{ address: 'mx.test' }, 'address', /one IPv4 or IPv6 address/],
  'an address with a length': [{ address: '192.0.2.0/24' }, 'address', /one IPv4 or IPv6 address/],
  'the address of no host': [{ address: '0.0.0.0' }, 'address', /of one host/],
  'an EHLO name without a dot': [{ ehloName: 'mx1' }, 'ehloName', /full host name/],
  'an EHLO name that breaks out of its line': [{ ehloName: 'mx.test\r\nRSET' }, 'ehloName', /full host name/],
  'a pool that there is not': [{ pool: 'nope' }, 'pool', /must be a pool that there is: default/],
  'a SOCKS5 server without a port': [{ socks5: { host: 'x.test' } }, 'socks5.port', /./],
  'a password without a user name': [
    { socks5: { host: 'x.test', port: 1, password: 'x' } },
    'socks5',
    /together/,
  ],
  'a field that there is not': [{ state: 'active' }, 'state', /./],
};

for (const [what, [body, field, message]] of Object.entries(unusable)) {
  test(`${what} is refused, with the field it stands in`, async () => {
    const answer = await raw('POST /v1/ips', { address: nextAddress(), ehloName: host, ...body });

    assert.equal(answer.status, 400);
    const error = errorOf(answer.body);
    assert.equal(error.fields[0], field);
    assert.match(error.message, message);
  });
}

test('a private address is refused outside development, with what would let it pass', async () => {
  await using strict = await startRealGateway();
  const { key: operator } = await strict.newKey('operator');

  for (const address of ['127.0.0.2', '10.0.0.1', '192.0.2.1', 'fd00::1']) {
    const body = { address, ehloName: host };
    const answer = await call(strict, 'POST /v1/ips', { key: operator, body });
    assert.equal(answer.status, 400, address);
    assert.match(errorOf(answer.body).message, /must be a public address.*ALLOW_PRIVATE_ADDRESSES/);
  }
});

test('an address that is there already is refused, however it is written', async () => {
  const address = '2001:db8::77';
  await add({ address });

  const again = await raw('POST /v1/ips', { address: '2001:DB8:0::0077', ehloName: host });

  assert.equal(again.status, 409);
});

test('of an address that nobody outside sees only binding is asked, and it can be paused, drained and resumed', async () => {
  const address = '127.0.0.9';
  const { id } = await add({ address, warmup: 'skip' });
  await announce(address);
  const states = [(await ask(`POST /v1/ips/${id}/check`)).state];
  for (const action of ['pause', 'resume', 'drain', 'resume'])
    states.push((await change(id, { action })).state);
  const again = await raw(`PATCH /v1/ips/${id}`, { action: 'resume' });
  const paused = await change(id, { action: 'pause' });
  const checked = await ask(`POST /v1/ips/${id}/check`);

  assert.deepEqual(states, ['active', 'paused', 'active', 'draining', 'active']);
  assert.deepEqual([again.status, paused.stateReason], [409, 'Paused by an operator.']);
  assert.match(errorOf(again.body).message, /nothing to resume/);
  assert.equal(checked.state, 'paused');
  assert.deepEqual(
    checked.checks.map(({ name }) => name),
    ['bound'],
  );
});

test('a resumed address that is not well is checked before it sends', async () => {
  const { id } = await add();
  await change(id, { action: 'pause' });

  const resumed = await change(id, { action: 'resume' });

  assert.deepEqual(
    [resumed.state, resumed.stateReason],
    ['checking', 'Not ready: bound, ptr, ehlo, spf, blocklists.'],
  );
});

test('B2: a warm-up is skipped and planned again, where it is counted too', async () => {
  const address = '127.0.0.10';
  const { id } = await add({ address });
  await announce(address);
  const warmup = createWarmup({ redis: redis.client, clock: systemClock });

  const begun = await ask(`POST /v1/ips/${id}/check`);
  const skipped = await change(id, { warmup: 'skip' });
  const { mode } = await warmup.read(address);
  const planned = await change(id, { warmup: 'plan' });

  assert.deepEqual([begun.state, skipped.state, mode], ['warming', 'active', 'skip']);
  assert.deepEqual([planned.state, (await warmup.read(address)).mode], ['warming', 'plan']);
});

test('B2: an address that is added again warms up from the beginning', async () => {
  const address = '127.0.0.11';
  const { id } = await add({ address, warmup: 'skip' });
  const warmup = createWarmup({ redis: redis.client, clock: systemClock });
  const { mode: before } = await warmup.read(address);
  await raw(`DELETE /v1/ips/${id}`);
  await warmup.skip(address);

  await add({ address });

  assert.deepEqual([before, (await warmup.read(address)).mode], ['skip', 'plan']);
});

test('a new EHLO name is looked at anew', async () => {
  const { id } = await add();
  await ask(`POST /v1/ips/${id}/check`);

  const changed = await change(id, { ehloName: 'Other.Posthorn.test' });

  assert.equal(changed.ehloName, 'other.posthorn.test');
  const states = Object.fromEntries(changed.checks.map(({ name, state }) => [name, state]));
  assert.deepEqual([states['ptr'], states['ehlo'], states['bound']], ['pending', 'pending', 'failing']);
});

test('a change that names an old revision overwrites nothing', async () => {
  const { id, revision } = await add();
  await change(id, { action: 'pause' });

  const late = await raw(`PATCH /v1/ips/${id}`, { action: 'drain', revision });

  assert.equal(late.status, 409);
  assert.equal((await ask(`GET /v1/ips/${id}`)).state, 'paused');
});

test('addresses are listed by pool and state, and gone once deleted', async () => {
  await raw('POST /v1/pools', { name: 'listed' });
  const { id, address } = await add({ pool: 'listed' });
  const list = async (query: string) => {
    const { results } = IpList.parse((await raw(`GET /v1/ips?${query}`)).body);
    return results.map((ip) => ip.address);
  };

  assert.deepEqual(await list('pool=listed'), [address]);
  assert.deepEqual(await list('pool=listed&state=active'), []);
  assert.equal((await raw(`DELETE /v1/ips/${id}`)).status, 204);
  for (const target of [`GET /v1/ips/${id}`, `DELETE /v1/ips/${id}`, `POST /v1/ips/${id}/check`])
    assert.equal((await raw(target)).status, 404, target);
  assert.equal((await raw(`PATCH /v1/ips/${randomUUID()}`, { action: 'pause' })).status, 404);
});

test('only a key of an operator may', async () => {
  const { id } = await add();
  const { key: other } = await gateway.newKey('transactional-email,cms.domains.write');

  for (const target of [
    'GET /v1/ips',
    `GET /v1/ips/${id}`,
    `DELETE /v1/ips/${id}`,
    `POST /v1/ips/${id}/check`,
  ])
    assert.equal((await call(gateway, target, { key: other })).status, 403, target);
});

function nextAddress(): string {
  last += 1;
  return `198.51.100.${last}`;
}

async function add(fields: object = {}): Promise<IpView> {
  const { status, body } = await raw('POST /v1/ips', { address: nextAddress(), ehloName: host, ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return IpView.parse(body);
}

async function change(id: string, body: object): Promise<IpView> {
  return ask(`PATCH /v1/ips/${id}`, body);
}

async function ask(target: string, body?: object): Promise<IpView> {
  const answer = await raw(target, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return IpView.parse(answer.body);
}

async function raw(target: string, body?: object) {
  return call({ ...gateway, key }, target, { body });
}

async function announce(address: string): Promise<void> {
  await createBoundAddresses({ redis: redis.client, clock: systemClock }).announce('test', [address]);
}
