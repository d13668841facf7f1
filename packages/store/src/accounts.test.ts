import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';

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
