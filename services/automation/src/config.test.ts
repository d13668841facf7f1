import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';

const env = {
  MONGODB_URL: 'mongodb://127.0.0.1/posthorn',
  REDIS_URL: 'redis://127.0.0.1',
  RETURN_PATH_HOST: 'bounces.posthorn.test',
  TRACKING_URL: 'https://t.posthorn.test',
};

test('the least that is set is enough', () => {
  assert.equal(loadConfig(env).domains.installation?.spfHost, 'bounces.posthorn.test');
});

test('every variable that is wrong or missing is named at once', () => {
  assert.throws(
    () => loadConfig({ DNS_SERVERS: 'nonsense', DOMAIN_CHECK_CONCURRENCY: '0' }),
    /MONGODB_URL[\s\S]*DNS_SERVERS[\s\S]*REDIS_URL[\s\S]*DOMAIN_CHECK_CONCURRENCY/,
  );
  assert.throws(() => loadConfig({ ...env, DNSBL_ZONES: 'bl.test, x/y' }), /DNSBL_ZONES/);
  assert.throws(() => loadConfig({ MONGODB_URL: env.MONGODB_URL }), /RETURN_PATH_HOST[\s\S]*TRACKING_URL/);
});

test('blocklists are named with commas between, and none are unless they are', () => {
  assert.deepEqual(loadConfig(env).ipChecks.blocklists, []);
  const zones = 'BL.test., key.zen.test';
  assert.deepEqual(loadConfig({ ...env, DNSBL_ZONES: zones }).ipChecks.blocklists, [
    'bl.test',
    'key.zen.test',
  ]);
});

test('TLS reports are sent where TLSRPT_FROM is set, and then what they need is asked for', () => {
  const wanted = { ...env, TLSRPT_FROM: 'Tls@Posthorn.test' };
  const needed = { TLSRPT_ACCOUNT: '7', POSTHORN_SECRET: 'x'.repeat(32) };

  assert.equal(loadConfig(env).tlsReports, null);
  assert.throws(() => loadConfig(wanted), /TLSRPT_ACCOUNT[\s\S]*POSTHORN_SECRET/);
  assert.partialDeepStrictEqual(loadConfig({ ...wanted, ...needed }).tlsReports, {
    ...{ from: 'tls@posthorn.test', accountId: 7, pool: 'default' },
    ...{ organization: 'posthorn.test', contact: 'tls@posthorn.test', trusted: [] },
  });
});
