import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DnsServer, startDnsServer } from '@posthorn/testing';
import { createDnsLookup } from './dns-lookup.ts';
import { expectedRecords } from './expected-records.ts';
import { aDomain, installation } from './fixture.ts';
import { lookAtRecord } from './look-at-record.ts';

test('a record whose host got the domain twice is found, and the message names what to enter', async () => {
  const domain = aDomain();
  const [{ selector = '', dnsValue = '' } = {}] = domain.keys;
  const doubled = `${selector}._domainkey.shop.test.shop.test`;
  await using dns = await startDnsServer({ [doubled]: { TXT: [dnsValue] } });

  const judged = await look(dns, 'dkim');

  assert.equal(judged.kind, 'wrong');
  assert.match(
    judged.kind === 'wrong' ? judged.message : '',
    new RegExp(`is at ${doubled}: .* Enter ${selector}\\._domainkey as its host`),
  );
});

test('an address where the CNAME should be is told from nothing', async () => {
  await using dns = await startDnsServer({ 'links.shop.test': { A: ['192.0.2.7'] } });

  const judged = await look(dns, 'tracking');

  assert.deepEqual(judged.kind === 'wrong' && judged.found, ['192.0.2.7']);
  assert.match(judged.kind === 'wrong' ? judged.message : '', /proxy or flatten/);
});

test('the DMARC policy of a parent domain counts', async () => {
  await using dns = await startDnsServer({ '_dmarc.shop.test': { TXT: ['v=DMARC1; p=reject'] } });

  assert.deepEqual(await look(dns, 'dmarc', 'a.b.shop.test'), { kind: 'right' });
  assert.equal((await look(dns, 'dmarc', 'a.b.other.test')).kind, 'absent');
});

test('a DNS that fails half way up to a DMARC policy leaves it open', async () => {
  await using dns = await startDnsServer({ '_dmarc.shop.test': { fault: 'servfail' } });

  assert.equal((await look(dns, 'dmarc', 'b.shop.test')).kind, 'unknown');
});

function look(dns: DnsServer, kind: string, name = 'shop.test') {
  const record = expectedRecords(aDomain({ domain: name }), installation).find((one) => one.kind === kind);
  assert.ok(record);
  return lookAtRecord(record, name, createDnsLookup({ servers: [dns.address] }));
}
