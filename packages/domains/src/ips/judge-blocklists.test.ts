import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDnsServer } from '@posthorn/testing';
import { createDnsLookup } from '../dns-lookup.ts';
import { reversedLabelsOf } from './ip-address.ts';
import { judgeBlocklists } from './judge-blocklists.ts';

const address = '192.0.2.7';
const at = (zone: string) => `7.2.0.192.${zone}`;
/** A list that works has 127.0.0.2 (RFC 5782, section 5). */
const working = (zone: string) => ({ [`2.0.0.127.${zone}`]: { A: ['127.0.0.2'] } });
const zones = ['bl.one.test', 'bl.two.test'];

test('an address that no list has passes', async () => {
  const judged = await judge({ ...working('bl.one.test'), ...working('bl.two.test') });

  assert.deepEqual(judged, { kind: 'passed' });
});

test('one list that has it is enough, and is named', async () => {
  const judged = await judge({ ...working('bl.one.test'), [at('bl.two.test')]: { A: ['127.0.0.4'] } });

  assert.equal(judged.kind, 'failing');
  assert.deepEqual(judged.kind === 'failing' && judged.found, ['bl.two.test']);
  assert.match(JSON.stringify(judged), /Listed on bl\.two\.test/);
});

test('an IPv6 address is asked for by its nibbles', async () => {
  const name = `${reversedLabelsOf('2001:db8::7')}.bl.one.test`;

  assert.equal((await judge({ [name]: { A: ['127.0.0.2'] } }, { of: '2001:db8::7' })).kind, 'failing');
  assert.equal((await judge({}, { of: '2001:db8::7' })).kind, 'passed');
});

const troubles: readonly (readonly [what: string, answer: string[], reason: RegExp])[] = [
  ['Spamhaus’s code for public resolvers', ['127.255.255.254'], /public resolvers.*DNS_SERVERS/],
  ['its code for too many questions', ['127.255.255.255'], /too much was asked/],
  ['its code for a wrong name', ['127.255.255.252'], /name is wrong/],
  ['127.0.0.1', ['127.0.0.1'], /refuses to answer/],
  ['an address that no list answers with', ['203.0.113.9'], /no list’s code/],
];

for (const [what, answer, reason] of troubles) {
  test(`${what} is an error and no listing`, async () => {
    const judged = await judge({ [at('bl.one.test')]: { A: answer } }, { asked: ['bl.one.test'] });

    assert.equal(judged.kind, 'unknown');
    assert.match(JSON.stringify(judged), reason);
  });
}

test('a dead list that has every address lists none', async () => {
  const judged = await judge(
    { [at('bl.one.test')]: { A: ['127.0.0.2'] }, '1.0.0.127.bl.one.test': { A: ['127.0.0.2'] } },
    { asked: ['bl.one.test'] },
  );

  assert.match(JSON.stringify(judged), /unknown.*list every address/);
});

test('a list that does not know its own test entry has nothing to say', async () => {
  const judged = await judge({}, { asked: ['bl.typo.test'] });

  assert.match(JSON.stringify(judged), /unknown.*test entry/);
});

test('a list that cannot be asked is left out while another answers, and told of', async () => {
  const zone = { ...working('bl.one.test'), [at('bl.two.test')]: { fault: 'servfail' } } as const;

  const judged = await judge(zone);

  assert.equal(judged.kind, 'passed');
  assert.match(JSON.stringify(judged), /could not be asked: bl\.two\.test/);
});

test('a list that had the address and cannot be asked has it still', async () => {
  const zone = { ...working('bl.one.test'), [at('bl.two.test')]: { fault: 'servfail' } } as const;

  const judged = await judge(zone, { listedBefore: ['bl.two.test'] });

  assert.deepEqual(judged.kind === 'failing' && judged.found, ['bl.two.test']);
});

test('without lists there is nothing against an address, and that is said', async () => {
  assert.match(JSON.stringify(await judge({}, { asked: [] })), /passed.*DNSBL_ZONES/);
});

async function judge(
  zone: Parameters<typeof startDnsServer>[0],
  {
    asked = zones,
    listedBefore = [],
    of = address,
  }: { asked?: string[]; listedBefore?: string[]; of?: string } = {},
) {
  await using dns = await startDnsServer(zone);
  const lookup = createDnsLookup({ servers: [dns.address] });
  return await judgeBlocklists(of, { zones: asked, listedBefore }, lookup);
}
