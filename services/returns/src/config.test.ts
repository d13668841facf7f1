import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { loadConfig } from './config.ts';

const env = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  MONGODB_URL: 'mongodb://127.0.0.1:27017',
  POSTHORN_SECRET: 'a secret of at least 32 bytes for tests',
  SMTP_NAME: 'returns.shop.example',
};

test('lists are read in lower case, and nobody vouches for complaints unless someone is named', () => {
  const config = loadConfig({ ...env, COMPLAINT_ADDRESSES: 'FBL@Shop.example, abuse@shop.example' });

  assert.deepEqual(config.complaints.addresses, ['fbl@shop.example', 'abuse@shop.example']);
  assert.deepEqual(config.complaints.sources, []);
  assert.equal(config.returnPathDaysMax, 10);
});

test('what is wrong is named, all of it at once', () => {
  const bad = { ...env, SMTP_NAME: undefined, RETURN_PATH_DAYS: '1', TLS_KEY_FILE: 'key.pem' };

  assert.throws(
    () => loadConfig(bad),
    (error) =>
      isFault(error, 'misconfigured') &&
      ['SMTP_NAME', 'RETURN_PATH_DAYS'].every((name) => error.message.includes(name)),
  );
  assert.throws(() => loadConfig({ ...env, TLS_KEY_FILE: 'key.pem' }), /TLS_KEY_FILE/);
});
