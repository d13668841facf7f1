import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEnv } from '@posthorn/runtime';
import { z } from 'zod';
import { expectedRecords } from './expected-records.ts';
import { aDomain } from './fixture.ts';
import { domainEnv, domainSettingsOf } from './settings.ts';

const hosts = { RETURN_PATH_HOST: 'Bounces.Posthorn.test', TRACKING_URL: 'https://t.posthorn.test:8443/' };

test('hosts and resolvers are read, and SPF is at the return path’s host unless another is named', () => {
  assert.deepEqual(read({ ...hosts, DNS_SERVERS: '127.0.0.1:5353, ::1,[::1]:53' }), {
    installation: {
      returnPathHost: 'bounces.posthorn.test',
      trackingHost: 't.posthorn.test',
      trackingUrl: 'https://t.posthorn.test:8443/',
      spfHost: 'bounces.posthorn.test',
    },
    dnsServers: ['127.0.0.1:5353', '::1', '[::1]:53'],
    graceMs: 3 * 86_400_000,
  });
});

test('without hosts there is no installation to point at', () => {
  assert.equal(read({}).installation, null);
});

test('a tracking URL with an address for a name gives domains no tracking host to point at', () => {
  for (const TRACKING_URL of ['http://127.0.0.1:8081', 'http://[::1]:8081']) {
    const { installation } = read({ ...hosts, TRACKING_URL });
    assert.equal(installation?.trackingHost, null);
    const records = installation ? expectedRecords(aDomain(), installation) : [];
    assert.deepEqual(
      records.map(({ kind }) => kind),
      ['dkim', 'dkim', 'return-path-mx', 'return-path-spf', 'dmarc'],
    );
  }
});

test('a resolver that is no address is refused', () => {
  for (const DNS_SERVERS of ['dns.example', '127.0.0.1,', '1.2.3.4:x', '300.1.1.1'])
    assert.throws(() => read({ DNS_SERVERS }), /DNS_SERVERS/, DNS_SERVERS);
});

function read(env: Record<string, string>) {
  return domainSettingsOf(parseEnv(z.object(domainEnv), env));
}
