import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { clientIpOf, type IpPrivacy, storedIpOf, truncateIp } from './ip-address.ts';

test('addresses are cut to their network', () => {
  assert.equal(truncateIp('192.0.2.147'), '192.0.2.0');
  assert.equal(truncateIp('2001:db8:1234:5678:9abc:def0:1234:5678'), '2001:db8:1234::');
  assert.equal(truncateIp('2001:db8::1'), '2001:db8:0::');
  assert.equal(truncateIp('::1'), '0:0:0::');
  assert.equal(truncateIp('fe80::'), 'fe80:0:0::');
});

test('an IPv4 client of an IPv6 socket is an IPv4 client', () => {
  assert.equal(stored({ remoteAddress: '::ffff:192.0.2.147' }), '192.0.2.0');
});

test('X-Forwarded-For counts only behind a trusted proxy, and only what that proxy wrote', () => {
  const forwarded = '203.0.113.9, 198.51.100.7';

  assert.equal(stored({ remoteAddress: '10.0.0.1', forwarded }), '10.0.0.0');
  assert.equal(stored({ remoteAddress: '10.0.0.1', forwarded, isProxyTrusted: true }), '198.51.100.0');
});

test('what is no address is not stored, and nothing is when that is wished', () => {
  assert.equal(stored({ remoteAddress: '10.0.0.1', forwarded: '<script>', isProxyTrusted: true }), undefined);
  assert.equal(stored({ remoteAddress: undefined }), undefined);
  assert.equal(stored({ remoteAddress: '192.0.2.147', privacy: 'off' }), undefined);
  assert.equal(stored({ remoteAddress: '192.0.2.147', privacy: 'full' }), '192.0.2.147');
});

function stored(from: {
  remoteAddress: string | undefined;
  forwarded?: string;
  isProxyTrusted?: boolean;
  privacy?: IpPrivacy;
}): string | undefined {
  const headers = from.forwarded === undefined ? {} : { 'x-forwarded-for': from.forwarded };
  // Only what the function reads of a request.
  const req = { headers, socket: { remoteAddress: from.remoteAddress } } as unknown as IncomingMessage;
  return storedIpOf(clientIpOf(req, from.isProxyTrusted ?? false), from.privacy ?? 'truncated');
}
