import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { createAddressJudge } from './address-judge.ts';

const judge = createAddressJudge({ allowPrivate: false, ownAddresses: ['8.8.4.4'] });

for (const address of [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.9', '169.254.169.254', '172.31.0.1'],
  ...['192.168.1.1', '198.18.0.1', '203.0.113.5', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1'],
  ...['fc00::1', 'fd12::1', 'fe80::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1', '100::1'],
]) {
  test(`F41 ${address} is never dialled`, () => {
    assert.equal(judge(address), 'special');
  });
}

for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2607:f8b0::1b', '2a00:1450:4010::1a']) {
  test(`${address} may be dialled`, () => {
    assert.equal(judge(address), 'public');
  });
}

test('F40 what is ours is told apart, by configuration or by interface, whatever else is allowed', () => {
  const lenient = createAddressJudge({ allowPrivate: true });
  const [own] = Object.values(networkInterfaces()).flatMap(
    (entries) => entries?.filter(({ internal }) => !internal) ?? [],
  );

  assert.equal(judge('8.8.4.4'), 'own');
  if (own) assert.equal(lenient(own.address), 'own');
  assert.equal(lenient('127.0.0.1'), 'public');
});
