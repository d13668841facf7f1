import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import type { ApiKey } from './api-keys.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const key: ApiKey = {
  id: 'k1',
  accountId: 10,
  digest: 'digest',
  scopes: ['transactional-email', 'content'],
  name: 'first',
  createdAtMs: 5,
};

test('a key is found by its public id and listed for its account only', async () => {
  await store.apiKeys.insert(key);
  await store.apiKeys.insert({ ...key, id: 'k2', accountId: 11, expiresAtMs: 9 });

  assert.deepEqual(await store.apiKeys.find('k1'), key);
  assert.deepEqual(await store.apiKeys.list(10), [key]);
  assert.equal(await store.apiKeys.find('none'), null);
  await assert.rejects(store.apiKeys.insert(key), (error) => isFault(error, 'conflict'));
});

test('a key is revoked by its own account alone, and the first time stays', async () => {
  await store.apiKeys.insert({ ...key, id: 'k3' });

  assert.equal(await store.apiKeys.revoke(99, 'k3', 50), false);
  assert.equal(await store.apiKeys.revoke(10, 'k3', 50), true);
  assert.equal(await store.apiKeys.revoke(10, 'k3', 60), true);

  assert.equal((await store.apiKeys.find('k3'))?.revokedAtMs, 50);
});

test('an older use of a key does not move the time of its last use back', async () => {
  await store.apiKeys.insert({ ...key, id: 'k4' });

  await store.apiKeys.touch('k4', 100);
  await store.apiKeys.touch('k4', 90);

  assert.equal((await store.apiKeys.find('k4'))?.lastUsedAtMs, 100);
});
