import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { createConnection } from './connection.ts';
import { createGuard } from './guard.ts';
import type { SendingIp } from './ip-record.ts';
import { IpRepository } from './ips.ts';
import { createSeal } from './seal.ts';

const store = await withTestStore({ seal: createSeal('a secret of at least 32 bytes for tests') });
after(() => store[Symbol.asyncDispose]());
const { ips, pools } = store;
let last = 0;

test('an address comes back as it was stored, with the credentials of its SOCKS5 server', async () => {
  const ip = anIp({
    socks5: { host: 'relay.test', port: 1_080, username: 'u', password: 'secret words' },
    checks: { ptr: { state: 'failing', message: 'gone', checkedAtMs: 4, found: ['x.test'] } },
    stateReason: 'new',
  });
  await ips.insert(ip);

  assert.deepEqual(await ips.find(ip.id), ip);
  assert.equal(await ips.find(randomUUID()), null);
});

test('an address cannot be there twice', async () => {
  const ip = anIp();
  await ips.insert(ip);

  await assert.rejects(ips.insert({ ...ip, id: randomUUID() }), (error) => isFault(error, 'conflict'));
});

test('a list holds one pool, or all', async () => {
  const [a, b, c] = [anIp({ pool: 'one' }), anIp({ pool: 'one' }), anIp({ pool: 'two' })];
  for (const ip of [b, a, c]) await ips.insert(ip);

  const addresses = [a, b].map(({ address }) => address);
  assert.deepEqual(
    (await ips.list({ pool: 'one' })).map(({ address }) => address),
    addresses,
  );
  const all = (await ips.list()).map(({ id }) => id);
  assert.ok([a, b, c].every(({ id }) => all.includes(id)));
});

test('of two changes made from the same revision one is refused, and undefined takes a field away', async () => {
  const ip = anIp({ state: 'draining', drainedFrom: 'active', stateReason: 'listed' });
  await ips.insert(ip);
  const change = { state: 'active', drainedFrom: undefined, stateReason: undefined, updatedAtMs: 9 } as const;

  const changed = await Promise.all([ips.update(ip.id, change, 0), ips.update(ip.id, change, 0)]);

  assert.equal(changed.filter((one) => one === null).length, 1);
  const { drainedFrom: _, stateReason: __, ...rest } = ip;
  assert.deepEqual(await ips.find(ip.id), { ...rest, state: 'active', updatedAtMs: 9, revision: 1 });
});

test('a change that says nothing of the SOCKS5 server leaves its password readable', async () => {
  const socks5 = { host: 'relay.test', port: 1_080, password: 'p' };
  const ip = anIp({ socks5 });
  await ips.insert(ip);

  const changed = await ips.update(ip.id, { ehloName: 'new.test' }, 0);

  assert.deepEqual([changed?.socks5, changed?.ehloName], [socks5, 'new.test']);
  assert.equal((await ips.update(ip.id, { socks5: undefined }, 1))?.socks5, undefined);
});

test('the credentials are sealed where they are kept; without the right secret the address is read as locked', async () => {
  const socks5 = { host: 'relay.test', port: 1_080, username: 'nor this', password: 'not in a dump' };
  const ip = anIp({ socks5 });
  await ips.insert(ip);
  const connection = createConnection();
  await connection.openUri(store.url, { dbName: store.dbName });
  const guard = createGuard({ isOpen: () => true, timeoutMs: 2_000 });
  const stored = JSON.stringify(await connection.collection('ips').find({}).toArray());
  const unsealed = new IpRepository(connection, guard, undefined);

  assert.doesNotMatch(stored, /not in a dump|nor this/);
  const locked = { host: 'relay.test', port: 1_080, isLocked: true };
  assert.deepEqual((await unsealed.find(ip.id))?.socks5, locked);
  await unsealed.update(ip.id, { state: 'paused' }, 0);
  assert.equal((await ips.find(ip.id))?.socks5?.password, 'not in a dump');
  await assert.rejects(
    unsealed.insert(anIp({ socks5: { host: 'relay.test', port: 1, password: 'p' } })),
    (error) => isFault(error, 'misconfigured'),
  );
  await connection.close();
});

test('an address that is due goes to one of those who ask, and again after its lease', async () => {
  const ip = anIp({ nextCheckAtMs: 100 });
  await ips.insert(ip);

  const taken = await Promise.all([ips.takeDue(150, 50), ips.takeDue(150, 50), ips.takeDue(99, 50)]);

  assert.deepEqual(
    taken.flatMap((one) => one?.id ?? []),
    [ip.id],
  );
  assert.equal((await ips.takeDue(200, 1_000_000))?.id, ip.id);
});

test('a removed address is gone', async () => {
  const ip = anIp();
  await ips.insert(ip);

  assert.deepEqual(
    [await ips.remove(ip.id), await ips.remove(ip.id), await ips.find(ip.id)],
    [true, false, null],
  );
});

test('the default pool is there from the start, others are made and removed', async () => {
  await pools.insert({ name: 'bulk', createdAtMs: 5 });

  assert.deepEqual(await pools.list(), [
    { name: 'bulk', createdAtMs: 5 },
    { name: 'default', createdAtMs: 0 },
  ]);
  assert.equal((await pools.find('default'))?.name, 'default');
  for (const name of ['bulk', 'default'])
    await assert.rejects(pools.insert({ name, createdAtMs: 1 }), (error) => isFault(error, 'conflict'));
  assert.deepEqual(
    [await pools.remove('bulk'), await pools.remove('bulk'), await pools.remove('default')],
    [true, false, false],
  );
  assert.equal(await pools.find('bulk'), null);
});

function anIp(fields: Partial<SendingIp> = {}): SendingIp {
  last += 1;
  return {
    ...{ id: randomUUID(), address: `192.0.2.${100 + last}`, ehloName: 'mx.posthorn.test', pool: 'default' },
    ...{ state: 'checking', warmup: 'plan', checks: {}, revision: 0 },
    ...{ createdAtMs: 1, updatedAtMs: 1, nextCheckAtMs: 1_000_000_000 },
    ...fields,
  };
}
