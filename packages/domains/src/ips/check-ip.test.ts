import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { createFakeClock, Fault } from '@posthorn/runtime';
import type { SendingIp } from '@posthorn/store';
import { startDnsServer, withTestStore } from '@posthorn/testing';
import { createDnsLookup } from '../dns-lookup.ts';
import { aDomain } from '../fixture.ts';
import { type CheckIpDeps, createCheckIp } from './check-ip.ts';
import { createListSpfHosts } from './spf-hosts.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());
const { ips, domains } = store;
const installation = {
  ...{ returnPathHost: 'bounces.posthorn.test', spfHost: 'spf.posthorn.test' },
  ...{ trackingHost: null, trackingUrl: 'http://t.posthorn.test' },
};
const spf = { TXT: ['v=spf1 include:spf.posthorn.test ~all'] };
let last = 10;

test('B12: an address that is bound, named, covered and clean begins; once listed it is drained, and comes back', async () => {
  const ip = anIp();
  await using world = await setUp(ip);

  const begun = await world.check(await ips.find(ip.id));
  world.dns.add({ [`${reversed(ip)}.bl.test`]: { A: ['127.0.0.3'] } });
  const listed = await world.check(begun);
  world.dns.serve(world.zone);
  const back = await world.check(listed);

  assert.deepEqual([begun?.state, listed?.state, back?.state], ['warming', 'draining', 'warming']);
  assert.deepEqual(await ips.find(ip.id), back);
});

test('each condition that is not met is told in words, all at once', async () => {
  const ip = anIp();
  await using world = await setUp(ip, { countBound: async () => 0 });
  world.dns.serve({});

  const checked = await world.check(ip);

  assert.equal(checked?.state, 'checking');
  assert.equal(checked?.stateReason, 'Not ready: bound, ptr, ehlo, spf, blocklists.');
  for (const name of ['bound', 'ptr', 'ehlo', 'spf'])
    assert.match(checked?.checks[name]?.message ?? '', /\./, name);
});

test('the SPF of every verified domain has to cover it, under the host that its mail is sent in the name of', async () => {
  const ip = anIp();
  await using world = await setUp(ip);
  const seen = { state: 'verified' } as const;
  const domain = aDomain({
    ...{ id: randomUUID(), domain: 'shop.test', returnPathHost: 'bounces.shop.test', state: 'verified' },
    checks: { 'return-path-mx': seen, 'return-path-spf': seen },
  });
  await domains.insert(domain);

  world.dns.add({ 'bounces.shop.test': { TXT: ['v=spf1 ip4:198.51.100.1 ~all'] } });
  const without = await world.check(ip);
  world.dns.add({ 'bounces.shop.test': spf });
  const covered = await world.check(without);
  await domains.delete(domain.accountId, domain.id);

  assert.match(without?.checks['spf']?.message ?? '', /bounces\.shop\.test does not cover it/);
  assert.equal(covered?.state, 'warming');
});

test('while Redis is away the address stands as it is', async () => {
  const ip = anIp({ state: 'active' });
  const away = async () => Promise.reject(new Fault('unavailable', 'away'));
  await using world = await setUp(ip, { countBound: away, isWarm: away });

  const checked = await world.check(ip);

  assert.equal(checked?.state, 'active');
  assert.match(checked?.checks['bound']?.message ?? '', /Redis is away/);
});

test('what an operator changes during a check stands, and is checked anew', async () => {
  const ip = anIp();
  let asked = 0;
  await using world = await setUp(ip, {
    countBound: async () => {
      asked += 1;
      if (asked === 1) await ips.update(ip.id, { state: 'paused' }, 0);
      return 1;
    },
  });

  const checked = await world.check(ip);

  assert.deepEqual([checked?.state, asked, checked?.checks['bound']?.state], ['paused', 2, 'passed']);
});

test('one that is deleted during a check is gone', async () => {
  const ip = anIp();
  await using world = await setUp(ip, {
    countBound: async () => {
      await ips.remove(ip.id);
      return 1;
    },
  });

  assert.equal(await world.check(ip), null);
});

test('one that came warm, or was warmed up, is active', async () => {
  const skipped = anIp({ warmup: 'skip' });
  const warmed = anIp();
  await using world = await setUp(skipped);
  await using other = await setUp(warmed, { isWarm: async () => true });

  assert.equal((await world.check(skipped))?.state, 'active');
  assert.equal((await other.check(warmed))?.state, 'active');
});

async function setUp(ip: SendingIp, fields: Partial<CheckIpDeps> = {}) {
  await ips.insert(ip);
  const zone = {
    [`${reversed(ip)}.in-addr.arpa`]: { PTR: [ip.ehloName] },
    [ip.ehloName]: { A: [ip.address] },
    'spf.posthorn.test': { TXT: ['v=spf1 ip4:192.0.2.0/24 ~all'] },
    'bounces.posthorn.test': spf,
    '2.0.0.127.bl.test': { A: ['127.0.0.2'] },
  };
  const dns = await startDnsServer(zone);
  const check = createCheckIp({
    ...{ ips, lookup: createDnsLookup({ servers: [dns.address] }), blocklists: ['bl.test'] },
    ...{ listSpfHosts: createListSpfHosts({ domains, installation }) },
    ...{ countBound: async () => 1, isWarm: async () => false, random: () => 0, clock: createFakeClock() },
    ...fields,
  });
  return {
    ...{ dns, zone },
    check: async (of: SendingIp | null) => of && check(of),
    [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose](),
  };
}

function reversed({ address }: SendingIp): string {
  return address.split('.').reverse().join('.');
}

function anIp(fields: Partial<SendingIp> = {}): SendingIp {
  last += 1;
  return {
    ...{ id: randomUUID(), address: `192.0.2.${last}`, ehloName: `mx${last}.posthorn.test`, pool: 'default' },
    ...{ state: 'checking', warmup: 'plan', checks: {}, revision: 0 },
    ...{ createdAtMs: 0, updatedAtMs: 0, nextCheckAtMs: 0 },
    ...fields,
  };
}
