import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf, createClientCaps } from './client-caps.ts';

test('S17: a place is free again once its connection is gone, and given back once', () => {
  const caps = createClientCaps({ max: 2, perClientMax: 1 });
  const release = caps.admit('192.0.2.1');
  assert.equal(caps.admit('192.0.2.1'), undefined);
  assert.ok(caps.admit('192.0.2.2'));
  assert.equal(caps.admit('192.0.2.3'), undefined);

  release?.();
  release?.();

  assert.ok(caps.admit('192.0.2.1'));
  assert.equal(caps.admit('192.0.2.3'), undefined);
});

test('an IPv6 client is its /64, an IPv4 one its address however it is written', () => {
  const same = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:0db8:0001:0002:0:0:0:1'];

  assert.deepEqual([...new Set(same.map(clientOf))], ['2001:db8:1:2::/64']);
  assert.equal(clientOf('::1'), '0:0:0:0::/64');
  assert.equal(clientOf('::ffff:192.0.2.1'), '192.0.2.1');
  assert.notEqual(clientOf('2001:db8:1:3::1'), clientOf('2001:db8:1:2::1'));
});
