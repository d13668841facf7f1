import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { mongo } from 'mongoose';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

test('a new account has an id of 8 or 9 digits, both kinds of tracking and retry when ambiguous', async () => {
  const account = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });

  assert.match(String(account.accountId), /^\d{8,9}$/);
  assert.deepEqual(account.settings, {
    onAmbiguous: 'retry',
    companyName: 'Shop',
    companyAddress: '',
    companyCity: '',
    companyState: '',
    companyZip: '',
    companyCountry: '',
    trackOpens: true,
    trackClicks: true,
  });
  assert.deepEqual(await store.accounts.find(account.accountId), account);
});

test('an account id that is taken is refused', async () => {
  const { accountId } = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });

  await assert.rejects(store.accounts.create({ name: 'Other', createdAtMs: 2, accountId }), (error) =>
    isFault(error, 'conflict'),
  );
});

test('settings that are not given stay as they are', async () => {
  const { accountId } = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });

  await store.accounts.updateSettings(accountId, { trackOpens: false });
  const account = await store.accounts.updateSettings(accountId, { companyCity: 'Oslo' });

  assert.equal(account?.settings.trackOpens, false);
  assert.equal(account?.settings.companyCity, 'Oslo');
  assert.equal(account?.settings.companyName, 'Shop');
});

test('what does not exist is null', async () => {
  assert.equal(await store.accounts.find(1), null);
  assert.equal(await store.accounts.updateSettings(1, { trackOpens: false }), null);
});

test('all ids can be listed page by page', async () => {
  const { accountId } = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });
  const all = await store.accounts.listIds();

  const [first] = await store.accounts.listIds({ limit: 1 });
  const rest = await store.accounts.listIds({ after: first ?? 0 });

  assert.ok(all.includes(accountId));
  assert.deepEqual([first, ...rest], all);
});

test('accounts are found by the pool that they send from, until it is taken away', async () => {
  const { accountId } = await store.accounts.create({
    name: 'Shop',
    createdAtMs: 1,
    settings: { pool: 'own' },
  });
  const { accountId: other } = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });
  await store.accounts.updateSettings(other, { pool: 'own' });

  assert.deepEqual(
    await store.accounts.listIdsInPool('own', 10),
    [accountId, other].sort((a, b) => a - b),
  );
  const changed = await store.accounts.updateSettings(accountId, { pool: undefined });
  assert.equal(changed?.settings.pool, undefined);
  assert.deepEqual(await store.accounts.listIdsInPool('own', 10), [other]);
});

test('a pool is granted once, and goes from the account’s setting with its grant', async () => {
  const { accountId } = await store.accounts.create({ name: 'Shop', createdAtMs: 1 });
  const other = await store.accounts.create({ name: 'Other', createdAtMs: 1 });
  await store.accounts.grantPool(other.accountId, 'acme');

  await store.accounts.grantPool(accountId, 'acme');
  await store.accounts.grantPool(accountId, 'acme');
  await store.accounts.updateSettings(accountId, { pool: 'acme' });
  const granted = await store.accounts.find(accountId);

  assert.deepEqual([granted?.pools, granted?.settings.pool], [['acme'], 'acme']);
  assert.deepEqual(
    await store.accounts.listIdsGranted('acme', 10),
    [accountId, other.accountId].toSorted((a, b) => a - b),
  );
  assert.equal(await store.accounts.revokePool(accountId, 'acme'), true);
  assert.equal(await store.accounts.revokePool(accountId, 'acme'), false);
  const revoked = await store.accounts.find(accountId);
  assert.deepEqual([revoked?.pools, revoked?.settings.pool], [[], undefined]);
  await store.accounts.revokePoolOfAll('acme');
  assert.deepEqual((await store.accounts.find(other.accountId))?.pools, []);
  assert.equal(await store.accounts.grantPool(1, 'acme'), false);
});

test('the pools of an account from before there were grants are written down once', async () => {
  const { accountId } = await store.accounts.create({ name: 'Old', createdAtMs: 1 });
  const client = await new mongo.MongoClient(store.url).connect();
  const accounts = client.db(store.dbName).collection<{ _id: number }>('accounts');
  await accounts.updateOne({ _id: accountId }, { $unset: { pools: 1 } });
  await client.close();

  const old = await store.accounts.listWithoutPools(10);
  await store.accounts.recordPools(accountId, ['acme']);
  await store.accounts.recordPools(accountId, ['bulk']);

  assert.deepEqual(
    old.map((account) => [account.accountId, account.pools]),
    [[accountId, undefined]],
  );
  assert.deepEqual((await store.accounts.find(accountId))?.pools, ['acme']);
  assert.deepEqual(await store.accounts.listWithoutPools(10), []);
});
