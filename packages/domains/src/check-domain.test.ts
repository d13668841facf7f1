import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { createSeal, type Domain } from '@posthorn/store';
import { type DnsServer, startDnsServer, startNsd, withTestStore } from '@posthorn/testing';
import { createCheckDomain } from './check-domain.ts';
import { createDnsLookup } from './dns-lookup.ts';
import { expectedRecords } from './expected-records.ts';
import { aDomain, installation, zoneOf } from './fixture.ts';
import { type Judgement, right, wrong } from './judgement.ts';
import { makeKeys } from './new-keys.ts';
import { canSend, signingSelectors, usableTrackingHost } from './sending.ts';

const dayMs = 86_400_000;
const store = await withTestStore({ seal: createSeal('a secret of at least 32 bytes for tests') });
after(() => store[Symbol.asyncDispose]());

test('a domain becomes verified when its keys are seen, and every record says what is with it', async () => {
  await using world = await setUp();
  const { host = '', value = '' } = world.records()[0] ?? {};

  const before = await world.check();
  world.dns.serve({ [host]: { TXT: [value] }, 'bounces.shop.test': { MX: [[10, 'mx.other.test']] } });
  const after = await world.check();

  assert.deepEqual([before.state, canSend(before, world.clock.nowMs())], ['pending', false]);
  assert.deepEqual([after.state, after.verifiedAtMs], ['verified', world.clock.nowMs()]);
  assert.deepEqual(
    world.records().map(({ name }) => after.checks[name]?.state),
    ['verified', 'pending', 'failing', 'pending', 'pending', 'pending'],
  );
  assert.deepEqual(after.checks['return-path-mx']?.found, ['10 mx.other.test']);
});

test('B10: a rotation: the new key signs once it is seen, the old one until then, and is listed until it is gone', async () => {
  await using world = await setUp();
  const first = zoneOf(world.domain);
  world.dns.serve(first);
  await world.check();
  const [oldRsa = '', oldEd = ''] = world.domain.keys.map(({ selector }) => selector);
  const [rsa = '', ed = ''] = await world.rotate();

  world.clock.advance(60_000);
  const waiting = await world.check();
  assert.deepEqual(signingSelectors(waiting), [oldRsa, oldEd]);
  assert.equal(waiting.state, 'verified');

  // The RSA key is published before the other: each takes over by itself.
  const whole = zoneOf(waiting);
  const { [`${ed}._domainkey.shop.test`]: _, ...half } = whole;
  world.dns.serve(half);
  assert.deepEqual(signingSelectors(await world.check()), [rsa, oldEd]);
  world.dns.serve(whole);
  const switched = await world.check();
  assert.deepEqual(signingSelectors(switched), [rsa, ed]);
  assert.deepEqual(
    switched.keys.map(({ selector, state }) => [selector, state]),
    [
      [oldRsa, 'retired'],
      [oldEd, 'retired'],
      [rsa, 'active'],
      [ed, 'active'],
    ],
  );
  assert.equal((await world.storedKeys()).length, 4);

  // Their owner removes the old records a week later: only then are they no longer listed, nor their keys kept.
  world.clock.advance(8 * dayMs);
  for (const old of [oldRsa, oldEd]) delete whole[`${old}._domainkey.shop.test`];
  world.dns.serve(whole);
  const done = await world.check();
  assert.deepEqual([done.state, signingSelectors(done)], ['verified', [rsa, ed]]);
  assert.deepEqual(
    done.keys.map(({ selector }) => selector),
    [rsa, ed],
  );
  assert.deepEqual((await world.storedKeys()).map(({ selector }) => selector).sort(), [rsa, ed].sort());
});

test('a verified domain whose key is gone sends for its time of grace, then not, and at once when it is back', async () => {
  await using world = await setUp();
  const zone = zoneOf(world.domain);
  world.dns.serve(zone);
  await world.check();
  world.dns.serve({});

  const failing = await world.check();
  world.clock.advance(dayMs);
  const later = await world.check();

  const until = failing.sendsUntilMs ?? 0;
  assert.deepEqual([failing.state, later.state, later.sendsUntilMs], ['failing', 'failing', until]);
  assert.deepEqual([canSend(later, until - 1), canSend(later, until)], [true, false]);
  world.dns.serve(zone);
  const back = await world.check();
  assert.deepEqual([back.state, back.sendsUntilMs], ['verified', undefined]);
});

test('a key that was replaced by another text, and then removed, is still missing: never verified by its absence', async () => {
  await using world = await setUp();
  world.dns.serve(zoneOf(world.domain));
  await world.check();
  const [{ selector = '' } = {}] = world.domain.keys;

  world.dns.serve({ [`${selector}._domainkey.shop.test`]: { TXT: ['v=DKIM1; p=AAAA'] } });
  await world.check();
  world.dns.serve({});

  assert.equal((await world.check()).state, 'failing');
});

test('while the DNS servers fail, nothing a domain has is taken from it, however long', async () => {
  await using world = await setUp();
  const zone = zoneOf(world.domain);
  world.dns.serve(zone);
  const before = await world.check();
  const broken = Object.fromEntries(Object.keys(zone).map((host) => [host, { fault: 'servfail' as const }]));
  world.dns.serve(broken);

  world.clock.advance(30 * dayMs);
  const after = await world.check();

  assert.deepEqual(
    [after.state, after.keys, after.checkedAtMs],
    [before.state, before.keys, before.checkedAtMs],
  );
  for (const { state, message } of Object.values(after.checks))
    assert.deepEqual([state, /^Could not be checked/.test(message ?? '')], ['verified', true]);
});

test('a tracking host whose CNAME is seen is not used for links before it has a certificate', async () => {
  await using world = await setUp();
  world.dns.serve(zoneOf(world.domain));
  world.tls.judged = wrong(['CERT_HAS_EXPIRED'], 'no valid certificate');
  assert.equal(usableTrackingHost(await world.check()), null);

  world.tls.judged = right;
  assert.equal(usableTrackingHost(await world.check()), 'links.shop.test');
});

test('a check during which the domain was changed looks again at what it is now', async () => {
  await using world = await setUp();
  world.dns.serve(zoneOf(world.domain));
  const stale = world.domain;
  await world.check();
  const selectors = await world.rotate();

  const checked = await world.checkDomain(stale);

  assert.equal(checked?.keys.length, 4);
  assert.ok(selectors.every((selector) => checked?.checks[selector]?.state === 'pending'));
});

test('a domain that was deleted meanwhile stays deleted', async () => {
  await using world = await setUp();
  await store.domains.delete(world.domain.accountId, world.domain.id);

  assert.equal(await world.checkDomain(world.domain), null);
});

test('published on a real name server as they are listed, all records are verified', async () => {
  const domain = aDomain({ accountId: nextAccount() });
  await using nsd = await startNsd({ origin: 'shop.test', zone: masterFileOf(domain) });
  await using world = await setUp({ domain, address: nsd.address });

  const checked = await world.check();

  assert.deepEqual(
    Object.values(checked.checks).map(({ state, message }) => message ?? state),
    Array.from({ length: 6 }, () => 'verified'),
  );
});

let accounts = 0;
function nextAccount(): number {
  accounts += 1;
  return accounts;
}

/** A zone as an administrator would write it (RFC 1035, section 5). */
function masterFileOf(domain: Domain): string {
  const lines = expectedRecords(domain, installation).map(({ host, type, value }) =>
    type === 'TXT'
      ? `${host}. TXT ${(value.match(/.{1,255}/g) ?? []).map((text) => `"${text}"`).join(' ')}`
      : `${host}. ${type} ${value}.`,
  );
  return ['@ SOA ns hostmaster 1 3600 600 86400 60', '@ NS ns', 'ns A 127.0.0.1', ...lines, ''].join('\n');
}

async function setUp({ domain, address }: { domain?: Domain; address?: string } = {}) {
  let current = domain ?? aDomain({ accountId: nextAccount() });
  const dns: DnsServer = await startDnsServer();
  const clock = createFakeClock();
  const tls: { judged: Judgement } = { judged: right };
  const { domains, dkimKeys } = store;
  const insertKeys = async (secrets: Awaited<ReturnType<typeof makeKeys>>['secrets']) => {
    const { accountId, domain: name } = current;
    for (const secret of secrets)
      await dkimKeys.insert({ ...secret, accountId, domain: name, createdAtMs: 1 });
  };
  await insertKeys(
    current.keys.map(({ selector, algorithm }) => ({ selector, algorithm, privateKeyPem: 'x' })),
  );
  await domains.insert(current);
  const checkDomain = createCheckDomain({
    ...{ domains, dkimKeys, installation, clock },
    lookup: createDnsLookup({ servers: [address ?? dns.address] }),
    probe: async () => tls.judged,
    policy: { graceMs: 3 * dayMs, random: () => 0 },
  });
  const check = async () => {
    current = (await checkDomain(current)) ?? current;
    return current;
  };
  const rotate = async () => {
    const { keys, secrets } = await makeKeys(clock.nowMs());
    await insertKeys(secrets);
    const change = { ...current, keys: [...current.keys, ...keys] };
    current = (await domains.change(current, pickChange(change))) ?? current;
    return keys.map(({ selector }) => selector);
  };
  return {
    ...{ dns, tls, clock, check, checkDomain, rotate },
    get domain() {
      return current;
    },
    records: () => expectedRecords(current, installation),
    storedKeys: () => dkimKeys.find(current.accountId, current.domain),
    [Symbol.asyncDispose]: () => dns[Symbol.asyncDispose](),
  };
}

function pickChange({ keys, checks, state, changedAtMs, nextCheckAtMs }: Domain) {
  return { keys, checks, state, changedAtMs, nextCheckAtMs };
}
