import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { loadConfig } from './config.ts';

const env = {
  MONGODB_URL: 'mongodb://127.0.0.1/posthorn',
  REDIS_URL: 'redis://127.0.0.1',
  POSTHORN_SECRET: 'x'.repeat(32),
};

test('the three that have no default are enough', () => {
  const config = loadConfig(env);

  assert.deepEqual(config.http, { host: '0.0.0.0', port: 8_080, reusePort: false });
  assert.deepEqual(config.limits, {
    bodyBytesMax: 10_485_760,
    sendBytesMax: 26_214_400,
    bodiesBytesMax: 134_217_728,
    legacyWaitMs: 2_000,
  });
});

test('everything that is wrong is told at once, without a value', () => {
  assert.throws(
    () => loadConfig({ POSTHORN_SECRET: 'too-short', PORT: '99999' }),
    (error) =>
      isFault(error, 'misconfigured') &&
      ['MONGODB_URL', 'REDIS_URL', 'POSTHORN_SECRET', 'PORT'].every((name) => error.message.includes(name)) &&
      !error.message.includes('too-short'),
  );
});
