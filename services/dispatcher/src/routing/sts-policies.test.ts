import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createAddressJudge, createFakeClock } from '@posthorn/runtime';
import {
  type Authority,
  type Credentials,
  createAuthority,
  type DnsZone,
  type StsAnswer,
  startDnsServer,
  startStsServer,
} from '@posthorn/testing';
import { createDnsClient, parseDnsServer } from './dns-client.ts';
import { createHostLocator } from './host-locator.ts';
import { createFetchStsPolicy } from './sts-fetch.ts';
import { createStsPolicies } from './sts-policies.ts';
import { createRedisStsStore } from './sts-store.ts';

let authority: Authority;
let web: Credentials;
let otherWeb: Credentials;

before(async () => {
  authority = await createAuthority();
  web = await authority.issue('mta-sts.shop.example');
  otherWeb = await authority.issue('www.shop.example');
  setDefaultCACertificates([...getCACertificates('default'), authority.ca.toString()]);
});
after(() => authority[Symbol.asyncDispose]());

const hourMs = 3_600_000;
const enforce = { body: 'version: STSv1\nmode: enforce\nmx: mx.shop.example\nmax_age: 86400\n' };
const testing = { body: enforce.body.replace('enforce', 'testing') };

test('a policy is fetched once, by name, and then kept', async (t) => {
  const { find, server } = await setUp(t);

  const policies = [await find(), await find()];

  assert.deepEqual(
    policies.map((policy) => policy?.mode),
    ['enforce', 'enforce'],
  );
  assert.deepEqual(server.asked, ['mta-sts.shop.example']);
});

test('another id in DNS has the policy fetched anew, and half its life over too', async (t) => {
  const { find, server, serve, clock } = await setUp(t);
  await find();

  server.answer(testing);
  serve({ TXT: ['v=STSv1; id=2;'] });
  const renewed = await find();
  clock.advance(13 * hourMs);
  await find();

  assert.equal(renewed?.mode, 'testing');
  assert.equal(server.asked.length, 3);
});

for (const [name, change] of [
  ['cannot be fetched', { status: 500 }],
  ['is nonsense', { body: 'lorem ipsum' }],
] as const) {
  test(`a new policy that ${name} leaves the old one in force until its time is over, and is not asked for at once`, async (t) => {
    const { find, server, serve, clock, failures } = await setUp(t);
    await find();
    server.answer(change);
    serve({ TXT: ['v=STSv1; id=2;'] });

    const stale = [await find(), await find()];
    clock.advance(25 * hourMs);
    const over = await find();

    assert.deepEqual(
      [...stale, over].map((policy) => policy?.mode),
      ['enforce', 'enforce', undefined],
    );
    assert.equal(server.asked.length, 3);
    assert.equal(failures.length, 2);
  });
}

for (const node of [{ TXT: [] }, { fault: 'servfail' }, { fault: 'timeout' }] as const) {
  test(`a record that vanishes (${JSON.stringify(node)}) does not take the policy away`, async (t) => {
    const { find, serve } = await setUp(t);
    await find();

    serve(node);

    assert.equal((await find())?.mode, 'enforce');
  });
}

for (const [name, answer, result] of [
  [
    'a redirect',
    { status: 301, headers: { location: 'https://www.shop.example/' } },
    'sts-policy-fetch-error',
  ],
  ['a page of HTML', { ...enforce, headers: { 'content-type': 'text/html' } }, 'sts-policy-fetch-error'],
  ['more than 64 KiB', { body: `${enforce.body}${'x: y\n'.repeat(20_000)}` }, 'sts-policy-fetch-error'],
  ['no policy', { body: 'mode: enforce' }, 'sts-policy-invalid'],
] as const) {
  test(`a server that answers with ${name} gives no policy, and it is counted`, async (t) => {
    const { find, failures } = await setUp(t, { answer });

    assert.equal(await find(), undefined);
    assert.deepEqual(failures, [result]);
  });
}

test('a server with a certificate of another name gives no policy', async (t) => {
  const { find, failures, server } = await setUp(t, { credentials: otherWeb });

  assert.equal(await find(), undefined);
  assert.deepEqual([failures, server.asked], [['sts-webpki-invalid'], []]);
});

test('a server that never answers is left after the time limit', async (t) => {
  const { find, failures } = await setUp(t, { timeoutMs: 0 });

  assert.equal(await find(), undefined);
  assert.deepEqual(failures, ['sts-policy-fetch-error']);
});

test('F41 a policy host on a private address is not asked', async (t) => {
  const { find, failures, server } = await setUp(t, { allowPrivate: false });

  assert.equal(await find(), undefined);
  assert.deepEqual([failures, server.asked], [['sts-policy-fetch-error'], []]);
});

test('a domain without a record is not asked', async (t) => {
  const { find, serve, server } = await setUp(t);
  serve({ TXT: ['v=spf1 -all'] });

  assert.equal(await find(), undefined);
  assert.deepEqual(server.asked, []);
});

type SetUp = { answer?: StsAnswer; credentials?: Credentials; timeoutMs?: number; allowPrivate?: boolean };

async function setUp(t: TestContext, options: SetUp = {}) {
  const { answer = enforce, credentials = web, timeoutMs = 5_000, allowPrivate = true } = options;
  const server = await startStsServer(credentials, answer);
  const record = '_mta-sts.shop.example';
  const zone: DnsZone = {
    'mta-sts.shop.example': { A: ['127.0.0.1'] },
    [record]: { TXT: ['v=STSv1; id=1;'] },
  };
  const dnsServer = await startDnsServer(zone);
  t.after(() => Promise.all([server, dnsServer].map((one) => one[Symbol.asyncDispose]())));
  const clock = createFakeClock();
  const dns = createDnsClient({ servers: parseDnsServer(dnsServer.address), timeoutMs: 1_000, tries: 1 });
  const locate = createHostLocator({
    ...{ dns, clock, preference: 'ipv4' },
    judge: createAddressJudge({ allowPrivate }),
  });
  const values = new Map<string, string>();
  const failures: string[] = [];
  const policies = createStsPolicies({
    ...{ dns, clock },
    fetchPolicy: createFetchStsPolicy({ locate, port: server.port, timeoutMs }),
    store: createRedisStsStore({
      get: async (key) => values.get(key) ?? null,
      set: async (key, value) => values.set(key, value),
    }),
    onFailure: (_, result) => failures.push(result),
  });
  return {
    ...{ server, clock, failures },
    find: () => policies('shop.example'),
    serve: (node: DnsZone[string]) => dnsServer.add({ [record]: node }),
  };
}
