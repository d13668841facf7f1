import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { loadConfig } from './config.ts';

const least = {
  REDIS_URL: 'redis://127.0.0.1',
  MONGODB_URL: 'mongodb://127.0.0.1',
  POSTHORN_SECRET: 's'.repeat(32),
};

test('what is left out is safe for production: addresses are truncated and no proxy is believed', () => {
  assert.deepEqual(loadConfig(least).ip, { privacy: 'truncated', isProxyTrusted: false });
});

test('everything that is wrong is named at once, and no value is shown', () => {
  const env = { REDIS_URL: '', POSTHORN_SECRET: 'hunter2', IP_ADDRESSES: 'some', PORT: '70000' };

  assert.throws(
    () => loadConfig(env),
    (error) =>
      isFault(error, 'misconfigured') &&
      ['REDIS_URL', 'MONGODB_URL', 'POSTHORN_SECRET', 'IP_ADDRESSES', 'PORT'].every((name) =>
        error.message.includes(name),
      ) &&
      !error.message.includes('hunter2'),
  );
});
