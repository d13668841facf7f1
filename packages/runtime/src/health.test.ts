import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HealthCheck, startHealthServer } from './health.ts';

const ok: HealthCheck = async () => ({ ok: true });
const stuck: HealthCheck = async () => ({ ok: false, reason: 'nothing moves' });
const throws: HealthCheck = async () => {
  throw new Error('a secret detail');
};

test('a page answers 200 when each of its checks is well, and 503 with the reason when one is not', async () => {
  await using server = await startHealthServer(
    { live: { loop: ok }, ready: { loop: ok, queue: stuck } },
    anywhere,
  );

  const live = await fetch(`http://127.0.0.1:${server.port}/livez`);
  const ready = await fetch(`http://127.0.0.1:${server.port}/readyz`);

  assert.equal(live.status, 200);
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), {
    ok: false,
    checks: { loop: { ok: true }, queue: { ok: false, reason: 'nothing moves' } },
  });
});

test('a check that throws has failed, and its message stays inside', async () => {
  await using server = await startHealthServer({ live: {}, ready: { store: throws } }, anywhere);

  const ready = await fetch(`http://127.0.0.1:${server.port}/readyz`);

  assert.equal(ready.status, 503);
  assert.doesNotMatch(await ready.text(), /secret detail/);
});

test('any other path is 404', async () => {
  await using server = await startHealthServer({ live: {}, ready: {} }, anywhere);

  assert.equal((await fetch(`http://127.0.0.1:${server.port}/`)).status, 404);
});

const anywhere = { host: '127.0.0.1', port: 0 };
