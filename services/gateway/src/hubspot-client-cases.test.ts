import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@hubspot/api-client';
import { EmailListQuery } from '@posthorn/contracts';
import { z } from 'zod';
import { startRealGateway } from './testing/real-gateway.ts';

/*
 * What HubSpot's integrators do with HubSpot's own client for Node (facts: HubSpot cases 1 to 5, 7, 9, 14 and 19), on the
 * gateway as it is deployed. e2e/src/python-client.test.ts does the same with the one for Python.
 */

const Refused = z.object({ code: z.int(), body: z.object({ category: z.string() }).loose() });
const Sent = z.object({ status: z.string(), statusId: z.string() });
const sendPath = '/marketing/v3/transactional/single-email/send';

let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let hubspot: Client;

before(async () => {
  gateway = await startRealGateway();
  hubspot = clientOf(gateway.key);
});
after(() => gateway[Symbol.asyncDispose]());

test('an email id as text, a number as a property and a subject are sent, and the subject is named as ignored', async () => {
  const response = await hubspot.apiRequest({
    method: 'POST',
    path: sendPath,
    body: {
      emailId: '4126643121',
      message: { to: 'a@customer.example', subject: 'ignored' },
      contactProperties: { age: 5 },
    },
  });

  assert.equal(Sent.parse(await response.json()).status, 'PENDING');
  assert.equal(response.headers.get('x-posthorn-ignored'), 'message.subject');
});

test('the legacy send takes lists of properties and answers with a result and an event', async () => {
  const response = await hubspot.apiRequest({
    method: 'POST',
    path: '/email/public/v1/singleEmail/send',
    body: {
      emailId: 4126643121,
      message: { to: 'a@customer.example' },
      customProperties: [{ name: 'item', value: 'x' }],
    },
  });

  const { sendResult, eventId } = z
    .object({ sendResult: z.string(), eventId: z.object({ id: z.string(), created: z.int() }) })
    .parse(await response.json());
  assert.equal(sendResult, 'QUEUED');
  assert.ok(eventId.created > 0);
});

test('a status is polled every few milliseconds without a 429, and one that nobody issued is 404 in JSON', async () => {
  const { statusId } = await hubspot.marketing.transactional.singleSendApi.sendEmail({
    emailId: 4126643121,
    message: { to: 'a@customer.example' },
  });
  const poll = (id: string) => hubspot.apiRequest({ path: `/marketing/v3/email/send-statuses/${id}` });

  const statuses = new Set<number>();
  for (let polls = 0; polls < 250; polls += 1) statuses.add((await poll(statusId)).status);
  const unknown = await poll('01977c2a-0a5b-8c3d-9e4f-5a6b7c8d9e0f');

  assert.deepEqual([...statuses], [200]);
  assert.equal(unknown.status, 404);
  assert.equal(Object(await unknown.json()).category, 'OBJECT_NOT_FOUND');
});

test('no key, nonsense for a key and a revoked key are 401; a key without the scope is 403 and told every scope that would do', async () => {
  const { key: revoked, keyId } = await gateway.newKey('transactional-email');
  await gateway.admin(`keys revoke --account ${gateway.accountId} --key ${keyId}`);
  const { key: reader } = await gateway.newKey('marketing.email.read');

  for (const token of ['undefined', 'access-token', 'pat-na1-x', revoked]) {
    const error = await refusalOf(clientOf(token).marketing.emails.marketingEmailsApi.getPage());
    assert.deepEqual([error.code, error.body.category], [401, 'INVALID_AUTHENTICATION'], token);
    assert.doesNotMatch(JSON.stringify(error.body), /expired/i);
  }
  const publishing = await refusalOf(clientOf(reader).marketing.emails.marketingEmailsApi.publishOrSend('1'));
  assert.deepEqual([publishing.code, publishing.body.category], [403, 'MISSING_SCOPES']);
  assert.match(
    JSON.stringify(publishing.body),
    /"requiredScopes":\["marketing-email","transactional-email"\]/,
  );
});

test('a page of emails is read with every parameter that the client has', async () => {
  const { marketingEmailsApi: emails } = hubspot.marketing.emails;
  const campaign = 'f0dba5a2-0b6e-4a5a-9a57-0f6a5f3f9d11';
  await emails.create({ name: 'Listed', campaign });
  const past = new Date('2020-01-01T00:00:00Z');
  const future = new Date('2100-01-01T00:00:00Z');

  const page = await emails.getPage(
    undefined,
    past,
    future,
    undefined,
    past,
    future,
    ['-createdAt', 'name'],
    undefined,
    100,
    true,
    true,
    true,
    'SINGLE_SEND_API',
    false,
    ['name'],
    campaign,
    false,
  );
  const byCampaign = await hubspot.apiRequest({
    path: '/marketing/emails/2026-03/',
    qs: { campaign, archived: false, includeStats: true },
  });

  assert.ok(page.results.some(({ name }) => name === 'Listed'));
  const { total, results } = z
    .object({ total: z.int(), results: z.array(z.unknown()) })
    .parse(await byCampaign.json());
  assert.deepEqual([total, results.length], [1, 1]);
});

test('a single-send email is created, its type is HubSpot’s to say, and a kind that is none is refused', async () => {
  const { marketingEmailsApi: emails } = hubspot.marketing.emails;
  const create = (body: object) =>
    hubspot.apiRequest({ method: 'POST', path: '/marketing/v3/emails/', body });

  const plain = await emails.create({ name: 'x' });
  const typed = await create({ name: 'x', type: 'BATCH_EMAIL' });
  const wrong = await create({ name: 'x', subcategory: 'automated_email' });

  assert.deepEqual([plain.type, plain.state], ['SINGLE_SEND_API', 'AUTOMATED_DRAFT']);
  assert.equal(Object(await typed.json()).type, 'SINGLE_SEND_API');
  assert.equal(wrong.status, 400);
  assert.match(JSON.stringify(await wrong.json()), /single_send_api/);
});

test('parameters that HubSpot ignores change nothing on any list', async () => {
  const qs = { portalId: 1, count: 100, emailCampaignId: 5, hapikey: '', orderBy: 'x', _: 1_700_000_000 };
  const known = Object.keys(qs).filter((name) => Object.hasOwn(EmailListQuery.shape, name));

  for (const path of ['/marketing/v3/emails', '/crm/v3/owners', '/marketing/v3/transactional/smtp-tokens'])
    assert.equal((await hubspot.apiRequest({ path, qs })).status, 200, path);
  assert.deepEqual(known, []);
});

test('what an app asks at its start names one account', async () => {
  const { key } = gateway;
  const read = async (response: Promise<Response>) => Object(await (await response).json());

  const details = await read(hubspot.apiRequest({ path: '/account-info/v3/details' }));
  const app = await read(
    hubspot.apiRequest({
      method: 'POST',
      path: '/oauth/v2/private-apps/get/access-token-info',
      body: { tokenKey: key },
    }),
  );
  const token = await hubspot.oauth.accessTokensApi.get(key);
  const usage = await read(hubspot.apiRequest({ path: '/account-info/v3/api-usage/daily/private-apps' }));
  const owners = await hubspot.crm.owners.ownersApi.getPage();

  assert.deepEqual([details.portalId, app.hubId, token.hubId], Array(3).fill(gateway.accountId));
  assert.equal(usage.results[0].fetchStatus, 'SUCCESS');
  assert.deepEqual(owners.results, []);
});

function clientOf(accessToken: string): Client {
  return new Client({ accessToken, basePath: gateway.baseUrl });
}

async function refusalOf(call: Promise<unknown>): Promise<z.infer<typeof Refused>> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return Refused.parse(error);
}
