import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDnsServer } from '@posthorn/testing';
import { createDnsLookup } from '../dns-lookup.ts';
import { judgeSpf, type SpfHosts } from './judge-spf.ts';

const address = '192.0.2.7';
const own = 'spf.posthorn.test';
const hosts = (...ofDomains: string[]): SpfHosts => ({ own: [own], ofDomains, recordHost: own });
const covering = { [own]: { TXT: ['v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all', 'other=1'] } };
const including = { TXT: [`v=spf1 include:${own} ~all`] };

const passing: Readonly<Record<string, Record<string, object>>> = {
  'ip4 in a network': covering,
  a: { [own]: { TXT: ['v=spf1 a:out.test -all'] }, 'out.test': { A: ['192.0.2.7'] } },
  mx: { [own]: { TXT: ['v=spf1 mx -all'], MX: [[10, 'mx.test']] }, 'mx.test': { A: [address] } },
  redirect: { [own]: { TXT: ['v=spf1 redirect=r.test'] }, 'r.test': { TXT: ['v=spf1 ip4:192.0.2.7 -all'] } },
};

for (const [how, zone] of Object.entries(passing)) {
  test(`an address that is covered by ${how} passes, also where a domain includes it`, async () => {
    const judged = await judge({ ...zone, 'bounces.shop.test': including });

    assert.deepEqual(judged, { kind: 'passed' });
  });
}

test('an IPv6 address is covered by ip6', async () => {
  assert.equal(
    (await judge({ ...covering, 'bounces.shop.test': including }, { of: '2001:db8::9' })).kind,
    'passed',
  );
});

test('a record that does not name it is told of, with what to add where', async () => {
  const judged = await judge({
    [own]: { TXT: ['v=spf1 ip4:198.51.100.1 ~all'] },
    'bounces.shop.test': including,
  });

  assert.match(
    messageOf(judged),
    /spf\.posthorn\.test, bounces\.shop\.test does not cover it\. Add ip4:192\.0\.2\.7 to/,
  );
});

test('no record at all is told of with the whole record', async () => {
  const judged = await judge({ 'bounces.shop.test': including });

  assert.match(
    messageOf(judged),
    /spf\.posthorn\.test has no SPF record\. Publish: .* "v=spf1 ip4:192\.0\.2\.7 ~all"/,
  );
});

test('RFC 7208, section 4.6.4: a record of more than ten lookups passes nothing; the installation’s counts', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`i${n}.test`, { TXT: [`v=spf1 include:i${n + 1}.test ~all`] }]),
  );

  const ownBroken = await judge({ [own]: { TXT: ['v=spf1 include:i0.test ip4:192.0.2.7 ~all'] }, ...chain });
  const theirs = await judge({
    ...covering,
    'bounces.shop.test': { TXT: ['v=spf1 include:i0.test ~all'] },
    ...chain,
  });

  assert.match(messageOf(ownBroken), /spf\.posthorn\.test is broken \(.*\)/);
  assert.equal(theirs.kind, 'passed');
  assert.match(JSON.stringify(theirs), /owners have to mend them: bounces\.shop\.test/);
});

test('a domain whose owner took its record away holds no address up, and is told of', async () => {
  const judged = await judge(covering);

  assert.equal(judged.kind, 'passed');
  assert.match(JSON.stringify(judged), /Missing or broken.*bounces\.shop\.test/);
});

test('while the installation’s record cannot be asked nothing is known', async () => {
  const judged = await judge({ [own]: { fault: 'servfail' } });

  assert.match(JSON.stringify(judged), /unknown.*spf\.posthorn\.test.*SERVFAIL/);
});

test('a domain’s record that cannot be asked holds no address up, unless it missed that before', async () => {
  const zone = { ...covering, 'bounces.shop.test': { fault: 'servfail' } } as const;

  const first = await judge(zone);
  const again = await judge(zone, { missedBefore: ['bounces.shop.test'] });

  assert.equal(first.kind, 'passed');
  assert.match(JSON.stringify(first), /Could not be asked: bounces\.shop\.test/);
  assert.deepEqual(again.kind === 'failing' && again.found, ['bounces.shop.test']);
});

test('a thousand domains that include one record ask for it once', async () => {
  const names = Array.from({ length: 200 }, (_, n) => `b${n}.test`);
  await using dns = await startDnsServer({
    ...covering,
    ...Object.fromEntries(names.map((name) => [name, including])),
  });

  const judged = await judgeSpf(
    address,
    { hosts: hosts(...names), missedBefore: [] },
    createDnsLookup({ servers: [dns.address] }),
  );

  assert.equal(judged.kind, 'passed');
  assert.equal(dns.queries.filter(({ name }) => name === own).length, 1);
});

test('before any domain sends there is nothing to cover it', async () => {
  const hosts = { own: [], ofDomains: [], recordHost: null };
  const judged = await judgeSpf(address, { hosts, missedBefore: [] }, async () => ({ kind: 'none' }));

  assert.equal(judged.kind, 'passed');
});

function messageOf(judged: Awaited<ReturnType<typeof judgeSpf>>): string {
  if (judged.kind !== 'failing') throw new Error(`expected failing, not ${JSON.stringify(judged)}`);
  return judged.message;
}

async function judge(
  zone: Parameters<typeof startDnsServer>[0],
  { of = address, missedBefore = [] }: { of?: string; missedBefore?: string[] } = {},
) {
  await using dns = await startDnsServer(zone);
  const lookup = createDnsLookup({ servers: [dns.address] });
  return await judgeSpf(of, { hosts: hosts('bounces.shop.test'), missedBefore }, lookup);
}
