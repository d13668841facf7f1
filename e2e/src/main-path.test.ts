import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@hubspot/api-client';
import { simpleParser } from 'mailparser';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { publishEmail } from './author.ts';
import { rawMessage, searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;
let client: Client;

before(async () => {
  system = await startRunningSystem();
  client = new Client({ accessToken: system.instance.apiKey, basePath: system.instance.apiUrl });
});
after(() => system[Symbol.asyncDispose]());

const Status = z.object({
  status: z.string(),
  sendResult: z.string().optional(),
  eventId: z.object({ id: z.uuid(), created: z.string() }).optional(),
});

test("the official client's single send becomes COMPLETE and SENT with an event id, and arrives", async () => {
  const emailId = await publishEmail(system.instance);

  const accepted = await client.marketing.transactional.singleSendApi.sendEmail({
    emailId,
    message: { to: 'jane@customer.example', cc: ['copy@customer.example'], bcc: ['archive@shop.example'] },
    contactProperties: { firstname: 'Jane' },
    customProperties: { order: '№ 42' } as never,
  });
  const done = await eventually('the send to be complete', async () => {
    const response = await client.apiRequest({
      path: `/marketing/v3/email/send-statuses/${accepted.statusId}`,
    });
    const status = Status.parse(await response.json());
    return status.status === 'COMPLETE' && status;
  });
  const found = await eventually('all three copies to arrive', async () => {
    const { messages } = await searchMailbox(system.instance, 'subject:42');
    return messages.length >= 2 && messages;
  });

  assert.equal(done.sendResult, 'SENT');
  assert.ok(done.eventId);
  assert.deepEqual(new Set(found.map(({ Subject }) => Subject)), new Set(['Receipt № 42']));
});

test('an open and a click on the delivered message come back as events, and the click leads to the target', async () => {
  const emailId = await publishEmail(system.instance);
  const to = 'reader@customer.example';
  const { body } = await call(system.instance, 'POST', '/marketing/v3/transactional/single-email/send', {
    emailId,
    message: { to },
    customProperties: { order: '7' },
  });
  const { statusId } = z.object({ statusId: z.string() }).parse(body);
  const [message] = await eventually('the message', async () => {
    const { messages } = await searchMailbox(system.instance, `to:${to}`);
    return messages.length > 0 && messages;
  });
  assert.ok(message);
  const parsed = await simpleParser(await rawMessage(system.instance, message.ID));
  const html = String(parsed.html);
  const pixel = /src="([^"]+\/t\/o\/[^"]+)"/.exec(html)?.[1] ?? '';
  const link = /href="([^"]+\/t\/c\/[^"]+)"/.exec(html)?.[1] ?? '';

  const opened = await fetch(pixel);
  const clicked = await fetch(link, { redirect: 'manual' });
  const types = await eventually('the open and the click to be recorded', async () => {
    const answer = await call(system.instance, 'GET', `/v1/sends/${statusId}`);
    const seen = z
      .object({ timeline: z.array(z.object({ type: z.string() })) })
      .parse(answer.body)
      .timeline.map(({ type }) => type);
    return seen.includes('OPEN') && seen.includes('CLICK') && seen;
  });

  assert.equal(opened.headers.get('content-type'), 'image/gif');
  assert.equal(clicked.status, 302);
  assert.equal(clicked.headers.get('location'), 'https://shop.example/orders/1?from=mail&x=1');
  for (const type of ['SENT', 'PROCESSED', 'DELIVERED', 'OPEN', 'CLICK'])
    assert.ok(types.includes(type), type);
});

test('a send of an unknown email is accepted and ends as MISSING_CONTENT', async () => {
  const { status, body } = await call(
    system.instance,
    'POST',
    '/marketing/v3/transactional/single-email/send',
    {
      emailId: 1,
      message: { to: 'jane@customer.example' },
    },
  );
  const { statusId } = z.object({ statusId: z.string() }).parse(body);

  const done = await eventually('the drop', async () => {
    const answer = Status.parse(
      (await call(system.instance, 'GET', `/marketing/v3/email/send-statuses/${statusId}`)).body,
    );
    return answer.status === 'COMPLETE' && answer;
  });

  assert.equal(status, 200);
  assert.equal(done.sendResult, 'MISSING_CONTENT');
});
