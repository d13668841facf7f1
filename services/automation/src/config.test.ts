import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';

const env = {
  MONGODB_URL: 'mongodb://127.0.0.1/posthorn',
  RETURN_PATH_HOST: 'bounces.posthorn.test',
  TRACKING_URL: 'https://t.posthorn.test',
};

test('the least that is set is enough', () => {
  assert.equal(loadConfig(env).domains.installation?.spfHost, 'bounces.posthorn.test');
});

test('every variable that is wrong or missing is named at once', () => {
  assert.throws(
    () => loadConfig({ DNS_SERVERS: 'nonsense', DOMAIN_CHECK_CONCURRENCY: '0' }),
    /MONGODB_URL[\s\S]*DNS_SERVERS[\s\S]*DOMAIN_CHECK_CONCURRENCY/,
  );
  assert.throws(() => loadConfig({ MONGODB_URL: env.MONGODB_URL }), /RETURN_PATH_HOST[\s\S]*TRACKING_URL/);
});

test('TLS reports are sent where TLSRPT_FROM is set, and then what they need is asked for', () => {
  const wanted = { ...env, TLSRPT_FROM: 'Tls@Posthorn.test' };
  const needed = { TLSRPT_ACCOUNT: '7', REDIS_URL: 'redis://127.0.0.1', POSTHORN_SECRET: 'x'.repeat(32) };

  assert.equal(loadConfig(env).tlsReports, null);
  assert.throws(() => loadConfig(wanted), /TLSRPT_ACCOUNT[\s\S]*REDIS_URL[\s\S]*POSTHORN_SECRET/);
  assert.partialDeepStrictEqual(loadConfig({ ...wanted, ...needed }).tlsReports, {
    ...{ from: 'tls@posthorn.test', accountId: 7, pool: 'default' },
    ...{ organization: 'posthorn.test', contact: 'tls@posthorn.test', trusted: [] },
  });
});
