import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDnsLookup } from '@posthorn/domains';
import { startDnsServer } from '@posthorn/testing';
import { createMayMail } from './may-mail.ts';

const zone = {
  'shop.example': { MX: [[10, 'mx1.mailhost.example']] },
  'victim.example': { MX: [[10, 'mx.victim.example']] },
  'shop.example._report._dmarc.reports.example': { TXT: ['v=DMARC1'] },
  'shop.example._report._dmarc.other.example': { TXT: ['something else'] },
  'shop.example._report._dmarc.slow.example': { fault: 'servfail' },
} as const;

for (const [addressDomain, may, why] of [
  ['shop.example', 'yes', 'at the domain'],
  ['tls.shop.example', 'yes', 'below it'],
  ['mailhost.example', 'yes', 'where its mail hosts are'],
  ['reports.example', 'yes', 'at a domain that takes its reports'],
  ['in.trusted.example', 'yes', 'at a domain that the operator trusts'],
  ['victim.example', 'no', 'at a domain that never heard of it'],
  ['other.example', 'no', 'at a domain that says something else'],
  ['myshop.example', 'no', 'at a domain that ends alike'],
  ['example', 'no', 'at a top-level domain'],
  ['slow.example', 'unknown', 'at a domain that cannot be asked'],
] as const) {
  test(`B11 a report for shop.example to an address ${why}: ${may}`, async () => {
    await using dns = await startDnsServer(zone);
    const lookup = createDnsLookup({ servers: [dns.address] });
    const mayMail = createMayMail({ lookup, trusted: ['trusted.example'] });

    assert.equal(await mayMail('shop.example', addressDomain), may);
  });
}

test('a report for a subdomain may go to its parent', async () => {
  await using dns = await startDnsServer({});
  const mayMail = createMayMail({ lookup: createDnsLookup({ servers: [dns.address] }), trusted: [] });

  assert.equal(await mayMail('mail.shop.example', 'shop.example'), 'yes');
});
