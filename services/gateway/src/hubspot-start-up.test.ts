import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccessToken, AccountDetails, ApiUsage, OwnerPage, PrivateAppToken } from '@posthorn/contracts';
import { errorOf } from './testing/error-of.ts';
import { call, startTestGateway } from './testing/test-gateway.ts';

const dates = ['2025-09', '2026-03', '2026-09'];

test('what integrations ask when they start is answered, and the account is the same in all of it', async () => {
  await using gateway = await startTestGateway();
  const tokenInfo = '/oauth/v2/private-apps/get/access-token-info';

  const details = await call(gateway, 'GET /account-info/v3/details?portalId=1');
  const privateApp = await call(gateway, `POST ${tokenInfo}`, { key: null, body: { tokenKey: gateway.key } });
  const token = await call(gateway, `GET /oauth/v1/access-tokens/${gateway.key}`, { key: null });
  const owners = await call(gateway, 'GET /crm/v3/owners/?limit=100&archived=false');

  const { scopes, hubId } = PrivateAppToken.parse(privateApp.body);
  const access = AccessToken.parse(token.body);
  assert.deepEqual([AccountDetails.parse(details.body).portalId, hubId, access.hub_id], [1, 1, 1]);
  assert.deepEqual(scopes, ['transactional-email', 'marketing-email', 'content']);
  assert.deepEqual([access.token, access.scopes], [gateway.key, scopes]);
  assert.deepEqual(OwnerPage.parse(owners.body).results, []);
});

test('the calls of the day are far from their limit, in both spellings of the path', async () => {
  await using gateway = await startTestGateway();

  for (const rest of ['/private-apps', '']) {
    const answer = await call(gateway, `GET /account-info/v3/api-usage/daily${rest}`);
    const [usage] = ApiUsage.parse(answer.body).results;
    assert.ok(usage && usage.currentUsage < usage.usageLimit);
    assert.ok(Date.parse(usage.resetsAt) > Date.parse(usage.collectedAt));
  }
});

test('a key that is none is 404 where it is asked about, and 401 where it asks', async () => {
  await using gateway = await startTestGateway();
  const wrong = ['nonsense', 'a%2Fb%2Bc', `${gateway.key.slice(0, -1)}_`];

  for (const token of wrong)
    assert.equal((await call(gateway, `GET /oauth/v1/access-tokens/${token}`)).status, 404, token);
  const body = { tokenKey: 'pat-na1-nothing' };
  const asked = await call(gateway, 'POST /oauth/v2/private-apps/get/access-token-info', { body });
  const asking = await call(gateway, 'GET /account-info/v3/details', { key: null });

  assert.deepEqual([asked.status, errorOf(asked.body).category], [404, 'OBJECT_NOT_FOUND']);
  assert.deepEqual([asking.status, errorOf(asking.body).category], [401, 'INVALID_AUTHENTICATION']);
});

test('every path has its dated twins, which answer the same', async () => {
  await using gateway = await startTestGateway();
  const pairs = [
    ['/marketing/v3/emails', '/marketing/emails/DATE'],
    ['/marketing/v3/emails/42', '/marketing/emails/DATE/42'],
    ['/marketing/v3/emails/42/draft', '/marketing/emails/DATE/42/draft'],
    ['/account-info/v3/details', '/account-info/DATE/details'],
    ['/account-info/v3/api-usage/daily/private-apps', '/account-info/DATE/api-usage/daily/private-apps'],
    ['/crm/v3/owners', '/crm/owners/DATE'],
  ] as const;

  for (const [path, dated] of pairs)
    for (const date of dates) {
      const answers = [
        await call(gateway, `GET ${path}`),
        await call(gateway, `GET ${dated.replace('DATE', date)}/`),
      ];
      const [first, second] = answers.map(({ status, body }) =>
        JSON.stringify([status, body]).replace(/"(?:collectedAt)":"[^"]*"/, ''),
      );
      assert.equal(second, first, dated);
      assert.match(first ?? '', /^\[200/);
    }
});

test('what is not there yet answers 404 and never 405', async () => {
  await using gateway = await startTestGateway();
  const missing = [
    'POST /marketing/v3/emails/clone',
    'POST /marketing/emails/2026-03/clone',
    'POST /marketing/v3/emails/ab-test/create-variation',
    'GET /marketing/v3/emails/42/ab-test/get-variation',
    'POST /marketing/v3/emails/42/draft/reset',
    'GET /marketing/v3/emails/42/revisions',
    'POST /marketing/v3/emails/42/revisions/1/restore',
    'GET /marketing/v3/emails/statistics/list',
    'GET /marketing/v3/emails/statistics/histogram',
    'GET /email/public/v1/events',
    'GET /email/public/v1/campaigns/by-id',
    'GET /crm/v3/objects/contacts?limit=1',
    'POST /crm/v3/objects/contacts',
  ];

  for (const target of missing) {
    const answer = await call(gateway, target, target.startsWith('POST') ? { body: {} } : {});
    assert.deepEqual([answer.status, errorOf(answer.body).category], [404, 'OBJECT_NOT_FOUND'], target);
  }
  assert.equal((await call(gateway, 'POST /marketing/v3/emails/42', { body: {} })).status, 405);
});

test('an email id that is no number is refused in HubSpot’s words', async () => {
  await using gateway = await startTestGateway();

  const answer = await call(gateway, 'GET /marketing/v3/emails/receipt');

  assert.equal(answer.status, 400);
  assert.equal(errorOf(answer.body).message, 'Unable to parse value for path parameter: emailId');
});
