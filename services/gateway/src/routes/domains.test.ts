import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { DomainPage, DomainView, domainsPerAccountMax } from '@posthorn/contracts';
import type { DnsAnswer, DnsLookup } from '@posthorn/domains';
import { createFakeClock } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { testDomains } from '../testing/fake-domains.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

test('a new domain has two keys under two selectors, and every record to publish is listed', async () => {
  await using world = await setUp();

  const domain = await world.add({ domain: 'Shop.example' });

  assert.deepEqual(
    [domain.domain, domain.state, domain.canSend, domain.returnPathHost, domain.trackingHost],
    ['shop.example', 'pending', false, 'bounces.shop.example', 'links.shop.example'],
  );
  const [rsa, ed25519, ...others] = domain.records;
  assert.match(rsa?.host ?? '', /^ph-\w{8}-r\._domainkey\.shop\.example$/);
  assert.match(ed25519?.host ?? '', /^ph-\w{8}-e\._domainkey\.shop\.example$/);
  assert.match(rsa?.value ?? '', /^v=DKIM1; k=rsa; p=[\w+/=]{390,}$/);
  assert.match(ed25519?.value ?? '', /^v=DKIM1; k=ed25519; p=[\w+/=]{44}$/);
  assert.deepEqual(
    others.map(({ host, type, value }) => [host, type, value]),
    [
      ['bounces.shop.example', 'MX', '10 bounces.posthorn.test'],
      ['bounces.shop.example', 'TXT', 'v=spf1 include:spf.posthorn.test ~all'],
      ['links.shop.example', 'CNAME', 't.posthorn.test'],
      ['_dmarc.shop.example', 'TXT', 'v=DMARC1; p=none'],
    ],
  );
  assert.deepEqual(
    domain.records.map(({ required, state }) => [required, state]),
    [true, false, false, false, false, false].map((required) => [required, 'pending']),
  );
});

test('a TXT value is also given in strings of at most 255 characters', async () => {
  await using world = await setUp();

  const { records } = await world.add({ domain: 'shop.example' });

  for (const { type, value, strings = [] } of records.filter((record) => record.type === 'TXT')) {
    assert.equal(strings.join(''), value, type);
    assert.ok(strings.every((text) => text.length <= 255));
  }
});

test('no answer holds a private key', async () => {
  await using world = await setUp();

  const domain = await world.add({ domain: 'shop.example' });

  assert.doesNotMatch(JSON.stringify(domain), /PRIVATE/);
  assert.equal(world.dkimKeys.size, 2);
});

test('an IDN is kept as A-labels and shown as people write it', async () => {
  await using world = await setUp();

  const domain = await world.add({ domain: 'Bücher.example' });

  assert.deepEqual([domain.domain, domain.displayName], ['xn--bcher-kva.example', 'bücher.example']);
  const again = await world.call('POST /v1/domains', { body: { domain: 'xn--bcher-kva.example' } });
  assert.equal(again.status, 409);
});

test('what is no domain is refused with 400, and the field is named', async () => {
  await using world = await setUp();
  const bad = [
    ...['shop', 'shop.example.', 'http://shop.example', 'a@shop.example', '127.0.0.1', '-a.example', 'a..b'],
    ...['localhost', '*.shop.example', 'shop.example/x', `${'a'.repeat(64)}.example`, '\u0000.example'],
    `${'a.'.repeat(115)}example`,
  ];

  for (const domain of bad) {
    const answer = await world.call('POST /v1/domains', { body: { domain } });
    assert.deepEqual([answer.status, errorOf(answer.body).fields], [400, ['domain']], domain);
  }
  const hosts: [Record<string, string>, string][] = [
    [{ returnPathHost: 'bounces.other.example' }, 'returnPathHost'],
    [{ trackingHost: 'shop.example' }, 'trackingHost'],
    [{ trackingHost: 'bounces.shop.example' }, 'trackingHost'],
  ];
  for (const [names, field] of hosts) {
    const answer = await world.call('POST /v1/domains', { body: { domain: 'shop.example', ...names } });
    assert.deepEqual([answer.status, errorOf(answer.body).fields], [400, [field]]);
  }
  assert.equal(world.domains.size, 0);
});

test('a domain that the account has is 409; another account may have it too, with keys of its own', async () => {
  await using world = await setUp();
  const mine = await world.add({ domain: 'shop.example' });

  const again = await world.call('POST /v1/domains', { body: { domain: 'SHOP.example' } });
  const theirs = await world.call('POST /v1/domains', { body: { domain: 'shop.example' }, key: world.other });

  assert.equal(again.status, 409);
  assert.equal(theirs.status, 201);
  assert.notEqual(DomainView.parse(theirs.body).records[0]?.host, mine.records[0]?.host);
});

test('an account has at most 2,000 domains', async () => {
  await using world = await setUp();
  const { id } = await world.add({ domain: 'a.example' });
  const one = world.domains.get(id);
  assert.ok(one);
  for (let count = 1; count < domainsPerAccountMax; count += 1)
    world.domains.set(randomUUID(), { ...one, domain: `d${count}.example` });

  const answer = await world.call('POST /v1/domains', { body: { domain: 'z.example' } });

  assert.equal(answer.status, 409);
  assert.match(errorOf(answer.body).message, /2000/);
});

test('A04: another account’s domain answers as one that is not there, whatever is asked of it', async () => {
  await using world = await setUp();
  const { id } = await world.add({ domain: 'shop.example' });
  const targets = ['GET /v1/domains/ID', 'DELETE /v1/domains/ID', 'POST /v1/domains/ID/verify'];

  for (const target of [...targets, 'POST /v1/domains/ID/dkim/rotate']) {
    const answers = await Promise.all(
      [id, randomUUID(), 'nonsense', `${id}x`].map((given) =>
        world.call(target.replace('ID', given), { key: world.other }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([404]), target);
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(errorOf(body)))).size, 1);
  }
  assert.equal(world.domains.size, 1);
});

test('reading needs cms.domains.read or .write, changing .write; a key that sends may do neither', async () => {
  await using world = await setUp();
  const { id } = await world.add({ domain: 'shop.example' });
  const reader = world.gateway.addKey(1, ['cms.domains.read']);
  const sender = world.gateway.addKey(1, ['transactional-email']);
  const status = async (target: string, key: string) => (await world.call(target, { key })).status;

  assert.equal(await status(`GET /v1/domains/${id}`, reader), 200);
  assert.equal(await status('GET /v1/domains', sender), 403);
  for (const target of [
    `DELETE /v1/domains/${id}`,
    `POST /v1/domains/${id}/verify`,
    `POST /v1/domains/${id}/dkim/rotate`,
  ])
    assert.equal(await status(target, reader), 403, target);
});

test('A09: a list goes by name, page by page, and takes only its own cursors', async () => {
  await using world = await setUp();
  for (const domain of ['c.example', 'a.example', 'b.example']) await world.add({ domain });

  const first = DomainPage.parse((await world.call('GET /v1/domains?limit=2')).body);
  const after = first.paging?.next.after ?? '';
  const second = DomainPage.parse((await world.call(`GET /v1/domains?limit=2&after=${after}`)).body);

  assert.deepEqual(
    [first, second].map((page) => page.results.map(({ domain }) => domain)),
    [['a.example', 'b.example'], ['c.example']],
  );
  assert.deepEqual([first.total, second.paging], [3, undefined]);
  const foreign = await world.call(`GET /v1/domains?after=${after}`, { key: world.other });
  assert.equal(foreign.status, 400);
});

test('verify looks at the DNS now, and a domain whose RSA key is seen may send', async () => {
  await using world = await setUp();
  const { id, records } = await world.add({ domain: 'shop.example' });
  world.publish(records[0]?.host, records[0]?.value);

  const verified = await world.verify(id);

  assert.deepEqual([verified.state, verified.canSend, verified.message], ['verified', true, undefined]);
  assert.deepEqual(
    verified.records.map(({ state }) => state),
    ['verified', 'pending', 'pending', 'pending', 'pending', 'pending'],
  );
});

test('a verified domain whose key is gone says so, and until when it sends; after that it does not', async () => {
  await using world = await setUp();
  const { id, records } = await world.add({ domain: 'shop.example' });
  world.publish(records[0]?.host, records[0]?.value);
  await world.verify(id);
  world.unpublish(records[0]?.host);

  const failing = await world.verify(id);
  world.clock.advance(testDomains.graceMs);
  const late = DomainView.parse((await world.call(`GET /v1/domains/${id}`)).body);

  assert.deepEqual([failing.state, failing.canSend], ['failing', true]);
  assert.equal(Date.parse(failing.sendsUntil ?? ''), world.clock.nowMs());
  assert.match(failing.message ?? '', /still leaves until/);
  assert.deepEqual([late.state, late.canSend], ['failing', false]);
});

test('while the DNS cannot be asked nothing changes, and the record says why', async () => {
  await using world = await setUp();
  const { id, records } = await world.add({ domain: 'shop.example' });
  world.publish(records[0]?.host, records[0]?.value);
  await world.verify(id);
  world.breakDns();

  const { state, records: after } = await world.verify(id);

  assert.deepEqual([state, after[0]?.state], ['verified', 'verified']);
  assert.match(after[0]?.message ?? '', /^Could not be checked: /);
});

test('rotating adds keys that wait, and cannot be done again while they do', async () => {
  await using world = await setUp();
  const { id, records } = await world.add({ domain: 'shop.example' });
  for (const { host, value } of records.slice(0, 2)) world.publish(host, value);
  await world.verify(id);

  const rotated = await world.call(`POST /v1/domains/${id}/dkim/rotate`);
  const again = await world.call(`POST /v1/domains/${id}/dkim/rotate`);

  const { records: after, canSend } = DomainView.parse(rotated.body);
  assert.deepEqual([rotated.status, again.status, after.length, canSend], [200, 409, 8, true]);
  assert.deepEqual(
    after.slice(0, 4).map(({ required }) => required),
    [true, false, false, false],
  );
  assert.equal(world.dkimKeys.size, 4);
});

test('deleting a domain deletes its private keys', async () => {
  await using world = await setUp();
  const { id } = await world.add({ domain: 'shop.example' });

  assert.equal((await world.call(`DELETE /v1/domains/${id}`)).status, 204);

  assert.deepEqual([world.domains.size, world.dkimKeys.size], [0, 0]);
  assert.equal((await world.call(`DELETE /v1/domains/${id}`)).status, 404);
});

test('without hosts for domains to point at the API says what to set', async () => {
  await using world = await setUp({ installation: null });

  const answer = await world.call('POST /v1/domains', { body: { domain: 'shop.example' } });

  assert.equal(answer.status, 500);
  assert.match(errorOf(answer.body).message, /RETURN_PATH_HOST and TRACKING_URL/);
});

async function setUp({ installation = testDomains.installation } = {}) {
  const clock = createFakeClock();
  const published = new Map<string, string>();
  let isBroken = false;
  const lookup: DnsLookup = async (_type, host): Promise<DnsAnswer> => {
    if (isBroken) return { kind: 'unknown', reason: 'no DNS server could be reached' };
    const value = published.get(host);
    return value === undefined ? { kind: 'none' } : { kind: 'found', values: [value] };
  };
  const gateway = await startTestGateway({ clock, domains: { ...testDomains, installation, lookup } });
  const key = gateway.addKey(1, ['cms.domains.write']);
  const callAs = (target: string, options: Parameters<typeof call>[2] = {}) =>
    call(gateway, target, { key, ...options });
  return {
    ...{ gateway, clock, domains: gateway.domains, dkimKeys: gateway.dkimKeys, call: callAs },
    other: gateway.addKey(2, ['cms.domains.write']),
    add: async (body: unknown) => DomainView.parse((await callAs('POST /v1/domains', { body })).body),
    verify: async (id: string) => DomainView.parse((await callAs(`POST /v1/domains/${id}/verify`)).body),
    publish: (host = '', value = '') => published.set(host, value),
    unpublish: (host = '') => published.delete(host),
    breakDns: () => {
      isBroken = true;
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
