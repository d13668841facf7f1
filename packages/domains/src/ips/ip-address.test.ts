import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKindOf, normalizeAddress, reversedLabelsOf, reverseNameOf } from './ip-address.ts';

test('an address has one text, and what is none has none', () => {
  assert.equal(normalizeAddress(' 192.0.2.1 '), '192.0.2.1');
  assert.equal(normalizeAddress('2001:DB8:0:0::0:1'), '2001:db8::1');
  for (const text of [
    '',
    '192.0.2',
    '192.0.2.01',
    '192.0.2.1/32',
    'fe80::1%eth0',
    '[::1]',
    'mx.test',
    '1.2.3.4:25',
  ])
    assert.equal(normalizeAddress(text), null, text);
});

const kinds = {
  public: ['8.8.8.8', '2a00:1450::1', '192.0.1.255'],
  private: [
    '127.0.0.2',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ],
  reserved: ['192.0.2.1', '198.51.100.7', '2001:db8::1', '240.0.0.1'],
  unusable: ['0.0.0.0', '255.255.255.255', '224.0.0.1', '::', 'ff02::1', '::ffff:102:304'],
} as const;

for (const [kind, addresses] of Object.entries(kinds)) {
  test(`${addresses.join(', ')} are ${kind}`, () => {
    for (const address of addresses) assert.equal(addressKindOf(address), kind, address);
  });
}

test('an address is asked for in reverse (RFC 3596, section 2.5)', () => {
  assert.equal(reverseNameOf('192.0.2.7'), '7.2.0.192.in-addr.arpa');
  assert.equal(
    reverseNameOf('4321:0:1:2:3:4:567:89ab'),
    'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
  );
  assert.equal(reversedLabelsOf('::1').split('.').length, 32);
});
