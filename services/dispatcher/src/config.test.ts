import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { loadConfig } from './config.ts';

const least = { REDIS_URL: 'redis://r', MONGODB_URL: 'mongodb://m', SMTP_ROUTE: 'smtp://127.0.0.1:1025' };

test('three variables are enough, and the reply to a final dot is waited for ten minutes', () => {
  const config = loadConfig(least);

  assert.equal(config.pools, undefined, 'all pools');
  assert.equal(config.concurrency, 50);
  assert.equal(config.smtp.timeouts.finalDotMs, 600_000);
});

test('all that is wrong is said at once, and no value is quoted', () => {
  const wrong = { ...least, SMTP_ROUTE: 'http://user:hunter2@x', POOLS: 'Big Pool', CONCURRENCY: '0' };

  assert.throws(
    () => loadConfig(wrong),
    (error) =>
      isFault(error, 'misconfigured') &&
      /SMTP_ROUTE[\s\S]*CONCURRENCY|CONCURRENCY[\s\S]*SMTP_ROUTE/.test(error.message) &&
      error.message.includes('POOLS') &&
      !error.message.includes('hunter2'),
  );
});

test('H01 a name for EHLO that could carry a second command is refused', () => {
  assert.throws(() => loadConfig({ ...least, EHLO_NAME: 'x\r\nMAIL FROM:<a@b>' }), /EHLO_NAME/);
});

test('without a route, mail goes to the receivers’ own hosts, on port 25, and never to a private address', () => {
  const { SMTP_ROUTE: _, ...rest } = least;
  const { route, routing } = loadConfig({
    ...rest,
    EHLO_NAME: 'Mail.Example.net',
    DNS_SERVERS: '127.0.0.1, [::1]:5353',
  });

  assert.equal(route, undefined);
  assert.deepEqual(routing, {
    dns: {
      servers: [
        { host: '127.0.0.1', port: 53 },
        { host: '::1', port: 5_353 },
      ],
      timeoutMs: 3_000,
    },
    preference: 'ipv4',
    addresses: { allowPrivate: false, ownAddresses: [] },
    ownHosts: ['mail.example.net'],
    requireTls: [],
    mxPort: 25,
    stsPort: 443,
  });
});

test('a resolver, an address or a domain that is none is refused', () => {
  const wrong = { ...least, DNS_SERVERS: 'dns.example', OWN_ADDRESSES: '1.2.3', REQUIRE_TLS: 'a b' };

  assert.throws(() => loadConfig(wrong), /DNS_SERVERS[\s\S]*OWN_ADDRESSES[\s\S]*REQUIRE_TLS/);
});
