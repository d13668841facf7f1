import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@hubspot/api-client';
import { z } from 'zod';
import { startRealGateway } from './testing/real-gateway.ts';

let gateway: Awaited<ReturnType<typeof startRealGateway>>;
let hubspot: Client;

before(async () => {
  gateway = await startRealGateway();
  hubspot = new Client({ accessToken: gateway.key, basePath: gateway.baseUrl });
});
after(() => gateway[Symbol.asyncDispose]());

test("HubSpot's client creates, reads, changes, publishes, lists and deletes an email", async () => {
  const { marketingEmailsApi } = hubspot.marketing.emails;

  const created = await marketingEmailsApi.create({ ...authored });
  await marketingEmailsApi.publishOrSend(created.id);
  const published = await marketingEmailsApi.getById(created.id);
  const changed = await marketingEmailsApi.update(created.id, { subject: 'Thank you' });
  const draft = await marketingEmailsApi.getDraft(created.id);
  const upserted = await marketingEmailsApi.upsertDraft(created.id, { subject: 'Thanks' });
  const page = await marketingEmailsApi.getPage();
  await marketingEmailsApi.unpublishOrCancel(created.id);
  const unpublished = await marketingEmailsApi.getById(created.id);
  await marketingEmailsApi.archive(created.id);

  assert.equal(created.state, 'AUTOMATED_DRAFT');
  assert.equal(created.type, 'SINGLE_SEND_API');
  assert.equal(created._from.replyTo, 'orders@shop.example');
  assert.ok(created.createdAt instanceof Date);
  assert.deepEqual(
    [published.state, published.isPublished, published.isTransactional],
    ['AUTOMATED', true, true],
  );
  assert.deepEqual([changed.subject, draft.subject, upserted.subject], ['Thank you', 'Thank you', 'Thanks']);
  assert.equal(page.total, 1);
  assert.equal(page.results[0]?.id, created.id);
  assert.equal(unpublished.state, 'AUTOMATED_DRAFT');
  await assert.rejects(marketingEmailsApi.getById(created.id), { code: 404 });
});

test("HubSpot's client sends a single email and polls its status", async () => {
  const created = await hubspot.marketing.emails.marketingEmailsApi.create({ ...authored });
  await hubspot.marketing.emails.marketingEmailsApi.publishOrSend(created.id);

  const sent = await hubspot.marketing.transactional.singleSendApi.sendEmail({
    emailId: Number(created.id),
    message: {
      to: 'jdoe@example.com',
      _from: 'Shop <orders@shop.example>',
      cc: [],
      replyTo: ['help@shop.example'],
    },
    contactProperties: { firstname: 'Jane' },
    customProperties: { order: 7 },
  });
  const response = await hubspot.apiRequest({ path: `/marketing/v3/email/send-statuses/${sent.statusId}` });
  const status = z.object({ status: z.string(), statusId: z.string() }).parse(await response.json());

  assert.equal(sent.status, 'PENDING');
  assert.ok(sent.requestedAt instanceof Date);
  assert.deepEqual(status, { status: 'PENDING', statusId: sent.statusId });
});

test("HubSpot's client reads our refusals as its own errors", async () => {
  const sending = hubspot.marketing.transactional.singleSendApi.sendEmail({
    emailId: 1,
    message: { to: '' },
  });

  await assert.rejects(sending, (error: unknown) => {
    const { code, body } = z
      .object({
        code: z.int(),
        body: z.object({ category: z.string(), correlationId: z.uuid(), errors: z.array(z.unknown()) }),
      })
      .parse(error);
    return code === 400 && body.category === 'VALIDATION_ERROR' && body.errors.length === 1;
  });
});

test("HubSpot's client is told of a wrong token with 401", async () => {
  const stranger = new Client({ accessToken: 'pat-na1-nothing', basePath: gateway.baseUrl });

  await assert.rejects(stranger.marketing.emails.marketingEmailsApi.getPage(), { code: 401 });
});

const authored = {
  name: 'Receipt',
  subject: 'Receipt for {{ contact.firstname }}',
  _from: { fromName: 'Shop', replyTo: 'orders@shop.example' },
  content: {
    widgets: {
      main: { body: { html: '<p>Hello {{ contact.firstname }}, order {{ custom.order }}.</p>' } },
      preview_text: { body: { value: 'Your receipt' } },
    },
  },
};
