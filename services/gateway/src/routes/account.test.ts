import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountView, ManagedAccount } from '@posthorn/contracts';
import { createFakeClock } from '@posthorn/runtime';
import { errorOf } from '../testing/error-of.ts';
import { call, startTestGateway } from '../testing/test-gateway.ts';

const send = 'POST /marketing/v3/transactional/single-email/send';
const single = { emailId: 42, message: { to: 'jdoe@example.com' } };

test('an account sees its settings and sets them, each by itself', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(7, ['account.write']);
  const settings = {
    ...{ onAmbiguous: 'hold', trackOpens: false, trackClicks: false, companyCity: 'Oslo' },
    ...{ refuseHardBounced: true, refuseComplained: true, dedupeMessageId: true },
  };

  const before = AccountView.parse((await call(gateway, 'GET /v1/account', { key })).body);
  const changed = AccountView.parse((await call(gateway, 'PATCH /v1/account', { key, body: settings })).body);
  const again = await call(gateway, 'PATCH /v1/account', { key, body: { companyZip: '0150' } });

  assert.equal(before.settings.onAmbiguous, 'retry');
  assert.deepEqual(changed.settings, { ...before.settings, ...settings });
  assert.deepEqual(AccountView.parse(again.body).settings, { ...changed.settings, companyZip: '0150' });
});

test('what is no setting, or no value for one, is 400; so is a pool that the account may not send by', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(7, ['account.write']);

  for (const body of [
    { onAmbiguous: 'perhaps' },
    { trackOpens: 'yes' },
    { companyName: 'x'.repeat(301) },
    { isSuspended: false },
    { pool: 'of-others' },
  ])
    assert.equal((await call(gateway, 'PATCH /v1/account', { key, body })).status, 400, JSON.stringify(body));
  const set = await call(gateway, 'PATCH /v1/account', { key, body: { pool: 'default' } });
  const unset = await call(gateway, 'PATCH /v1/account', { key, body: { pool: null } });
  assert.equal(AccountView.parse(set.body).settings.pool, 'default');
  assert.equal(AccountView.parse(unset.body).settings.pool, undefined);
});

test('settings are set by keys with the scope for it, and those of other accounts by operators only', async () => {
  await using gateway = await startTestGateway();
  const sender = gateway.addKey(7, ['transactional-email']);
  const writer = gateway.addKey(7, ['account.write']);
  const operator = gateway.addKey(1, ['operator']);
  const statusOf = async (target: string, key: string) =>
    (await call(gateway, target, { key, ...(target.startsWith('PATCH') && { body: {} }) })).status;

  assert.equal(await statusOf('PATCH /v1/account', sender), 403);
  assert.equal(await statusOf('PATCH /v1/account', writer), 200);
  for (const method of ['GET', 'PATCH']) {
    assert.equal(await statusOf(`${method} /v1/accounts/7`, writer), 403);
    assert.equal(await statusOf(`${method} /v1/accounts/7`, operator), 200);
    assert.equal(await statusOf(`${method} /v1/accounts/x`, operator), 404);
  }
});

test('while MongoDB is away an account is neither shown nor set: 503', async () => {
  await using gateway = await startTestGateway();
  const key = gateway.addKey(1, ['operator']);
  await call(gateway, 'GET /v1/account', { key });
  gateway.away.mongodb = true;

  for (const target of ['GET /v1/account', 'GET /v1/accounts/7'])
    assert.equal((await call(gateway, target, { key })).status, 503);
  for (const target of ['PATCH /v1/account', 'PATCH /v1/accounts/7'])
    assert.equal((await call(gateway, target, { key, body: { trackOpens: false } })).status, 503);
});

test('a suspended account reads, and its other calls are 403 within five seconds, until it goes on', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });
  const key = gateway.addKey(1, ['transactional-email', 'content', 'account.write']);
  const operator = gateway.addKey(9, ['operator']);
  const suspend = (isSuspended: boolean) =>
    call(gateway, 'PATCH /v1/accounts/1', { key: operator, body: { isSuspended } });
  const { statusId } = Object((await call(gateway, send, { key, body: single })).body);

  const suspended = ManagedAccount.parse((await suspend(true)).body);
  clock.advance(5_000);
  const refused = await call(gateway, send, { key, body: single });

  assert.equal(suspended.isSuspended, true);
  assert.equal(refused.status, 403);
  assert.equal(errorOf(refused.body).category, 'ACCOUNT_SUSPENDED');
  assert.match(errorOf(refused.body).message, /This account is suspended/);
  for (const [target, body] of [
    ['POST /v1/sends', { sends: [] }],
    ['POST /marketing/v3/emails', { name: 'x' }],
    ['PATCH /v1/account', {}],
    ['POST /v1/suppressions', { email: 'a@example.com' }],
  ] as const)
    assert.equal((await call(gateway, target, { key, body })).status, 403, target);
  for (const target of [`GET /v1/sends/${statusId}`, 'GET /v1/account', 'GET /marketing/v3/emails'])
    assert.equal((await call(gateway, target, { key })).status, 200, target);
  await suspend(false);
  clock.advance(5_000);
  assert.equal((await call(gateway, send, { key, body: single })).status, 200);
});

test('an operator whose own account is suspended can end that', async () => {
  const clock = createFakeClock();
  await using gateway = await startTestGateway({ clock });
  const key = gateway.addKey(1, ['operator']);
  const set = (isSuspended: boolean) => call(gateway, 'PATCH /v1/accounts/1', { key, body: { isSuspended } });

  await set(true);
  clock.advance(5_000);

  assert.equal((await set(false)).status, 200);
});
