import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAccountOf } from './account-scope.ts';
import { account, aVersion } from './fixture.ts';
import { createPoolBoxes, poolOf } from './pool-boxes.ts';

test('the email’s pool goes before the account’s, and none means the default', () => {
  const own = { ...account, settings: { ...account.settings, pool: 'own' } };

  assert.equal(poolOf({ ...aVersion(), pool: 'receipts' }, own), 'receipts');
  assert.equal(poolOf(aVersion(), own), 'own');
  assert.equal(poolOf(aVersion(), account), undefined);
});

test('an email’s pool that was taken from its account gives way to the account’s, else to the default', () => {
  const email = { ...aVersion(), pool: 'receipts' };
  const settings = { ...account.settings, pool: 'own' };

  assert.equal(poolOf(email, { ...account, pools: ['receipts'] }), 'receipts');
  assert.equal(poolOf(email, { ...account, pools: ['own'], settings }), 'own');
  assert.equal(poolOf(email, { ...account, pools: [] }), undefined);
});

test('the default pool needs no grant, and an account from before there were grants keeps its pools', () => {
  const stored = { ...account, createdAtMs: 1, pools: [] };
  const { pools: _, ...old } = stored;

  assert.equal(poolOf({ ...aVersion(), pool: 'main' }, renderAccountOf(stored, 'main')), 'main');
  assert.equal(poolOf({ ...aVersion(), pool: 'receipts' }, renderAccountOf(old, 'main')), 'receipts');
});

test('a pool’s lane is opened once, when it is first needed, and closed with the others', async () => {
  const log: string[] = [];
  const boxes = createPoolBoxes({
    defaultPool: 'main',
    open: (pool) => {
      log.push(`open ${pool}`);
      return {
        post: async () => undefined,
        postAll: async () => undefined,
        isHealthy: () => async () => ({ ok: true }),
        [Symbol.asyncDispose]: async () => void log.push(`close ${pool}`),
      };
    },
  });

  assert.equal(boxes.of('own'), boxes.of('own'));
  assert.equal(boxes.of(undefined), boxes.of('main'));
  await boxes[Symbol.asyncDispose]();

  assert.deepEqual(log, ['open main', 'open own', 'close main', 'close own']);
});
