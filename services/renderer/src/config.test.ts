import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';
import { secret } from './fixture.ts';

const env = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  MONGODB_URL: 'mongodb://127.0.0.1:27017',
  POSTHORN_SECRET: secret,
  TRACKING_URL: 'https://t.shop.test/',
  RETURN_PATH_HOST: 'Bounces.shop.test',
};

test('the smallest environment is enough and safe', () => {
  const config = loadConfig(env);

  assert.equal(config.trackingUrl, 'https://t.shop.test');
  assert.equal(config.returnPathHost, 'bounces.shop.test');
  assert.equal(config.allowsAnyDomain, false);
  assert.equal(config.threads.cpuMs, 250);
});

test('every wrong variable is named at once, and no value shown', () => {
  const wrong = {
    ...env,
    POSTHORN_SECRET: 'short',
    TRACKING_URL: 'ftp://x',
    WORKER_THREADS: '0',
    DEFAULT_POOL: 'A B',
  };

  assert.throws(
    () => loadConfig(wrong),
    (error: Error) => {
      for (const name of ['POSTHORN_SECRET', 'TRACKING_URL', 'WORKER_THREADS', 'DEFAULT_POOL'])
        assert.match(error.message, new RegExp(name));
      assert.doesNotMatch(error.message, /short/);
      return true;
    },
  );
});
