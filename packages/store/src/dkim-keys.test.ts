import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { createConnection } from './connection.ts';
import type { DkimKey } from './dkim-keys.ts';
import { createSeal } from './seal.ts';

const store = await withTestStore({ seal: createSeal('a secret of at least 32 bytes for tests') });
after(() => store[Symbol.asyncDispose]());

const key: DkimKey = {
  accountId: null,
  domain: 'example.com',
  selector: 's1',
  algorithm: 'rsa-sha256',
  privateKeyPem: '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n',
  createdAtMs: 10,
};

test('keys are found by account and domain, the newest first', async () => {
  await store.dkimKeys.insert(key);
  await store.dkimKeys.insert({ ...key, selector: 's2', algorithm: 'ed25519-sha256', createdAtMs: 20 });
  await store.dkimKeys.insert({ ...key, accountId: 7, createdAtMs: 30 });

  const found = await store.dkimKeys.find(null, 'EXAMPLE.com');

  assert.deepEqual(
    found.map(({ selector }) => selector),
    ['s2', 's1'],
  );
  assert.deepEqual(found[1], key);
  assert.deepEqual(await store.dkimKeys.find(null, 'other.example'), []);
});

test('a selector of a domain cannot be used twice', async () => {
  await store.dkimKeys.insert({ ...key, domain: 'twice.example' });

  await assert.rejects(store.dkimKeys.insert({ ...key, domain: 'Twice.example' }), (error) =>
    isFault(error, 'conflict'),
  );
});

test('keys can be picked and deleted by selector, within one account', async () => {
  const picked = { ...key, accountId: 9, domain: 'picked.example' };
  for (const selector of ['a', 'b', 'c']) await store.dkimKeys.insert({ ...picked, selector });

  assert.deepEqual(await store.dkimKeys.findSelected(9, 'picked.example', ['b', 'x']), [
    { ...picked, selector: 'b' },
  ]);
  assert.deepEqual(await store.dkimKeys.findSelected(8, 'picked.example', ['b']), []);

  await store.dkimKeys.delete(9, 'picked.example', ['a', 'b', 'x']);
  const left = await store.dkimKeys.find(9, 'picked.example');
  assert.deepEqual(
    left.map(({ selector }) => selector),
    ['c'],
  );
});

test('no private key can be read in the database', async () => {
  await store.dkimKeys.insert({ ...key, domain: 'sealed.example' });

  const connection = createConnection();
  await connection.openUri(store.url, { dbName: store.dbName });
  const stored = await connection.collection('dkimKeys').find({}).toArray();
  await connection.close();

  assert.ok(stored.length > 0);
  assert.ok(!JSON.stringify(stored).includes('MIIE'));
});

test('without a seal the store refuses to hold private keys', async () => {
  await using bare = await withTestStore();

  await assert.rejects(bare.dkimKeys.insert(key), (error) => isFault(error, 'misconfigured'));
});
