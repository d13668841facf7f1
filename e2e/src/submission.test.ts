import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { rawMessage, searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

let system: RunningSystem;
before(async () => {
  system = await startRunningSystem();
});
after(() => system[Symbol.asyncDispose]());

const Statistics = z.object({
  counters: z.object({ sent: z.number(), delivered: z.number(), open: z.number(), click: z.number() }),
});

test('mail of an SMTP client arrives intact and tracked, and what its readers do is counted on the token', async () => {
  const attachment = randomBytes(700_000);
  const reply = await send({
    ...{ from: 'Shop <shop@shop.example>', to: 'ada@customer.example', cc: 'copy@customer.example' },
    ...{
      bcc: 'archive@shop.example',
      subject: 'Grüße № 42 😀',
      text: 'Bestellt: https://shop.example/orders/42',
    },
    html: '<html><body><p>Grüße</p><a href="https://shop.example/orders/42?a=1&amp;b=ü">Bestellung</a></body></html>',
    attachments: [{ filename: 'rechnung-ü.bin', content: attachment }],
  });

  const found = await eventually('the tracked copy, and the one of Cc and Bcc', async () => {
    const { messages } = await searchMailbox(system.instance, 'to:ada@customer.example subject:42');
    return messages.length >= 2 && messages;
  });
  const mails = await Promise.all(
    found.map(async ({ ID }) => simpleParser(await rawMessage(system.instance, ID))),
  );
  const tracked = mails.filter(({ html }) => /\/t\/o\//.test(String(html)));
  const html = String(tracked[0]?.html);
  const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
  // A click that comes sooner after the delivery counts as a machine's.
  const arrivedAtMs = performance.now();
  await eventually('a reader to have read', async () => performance.now() - arrivedAtMs > 4_000);
  await fetch(/src="([^"]+\/t\/o\/[^"]+)"/.exec(html)?.[1] ?? '', { headers });
  const clicked = await fetch(/href="([^"]+\/t\/c\/[^"]+)"/.exec(html)?.[1] ?? '', {
    headers,
    redirect: 'manual',
  });
  const counters = await eventually('the open and the click', async () => {
    const seen = await statistics();
    return seen.open === 1 && seen.click === 1 && seen.delivered === 1 && seen;
  });

  assert.match(reply, /^250 2\.0\.0 Ok: accepted as [0-9a-f-]{36}$/);
  assert.equal(tracked.length, 1);
  assert.equal(clicked.headers.get('location'), new URL('https://shop.example/orders/42?a=1&b=ü').href);
  for (const mail of mails) {
    assert.equal(mail.subject, 'Grüße № 42 😀');
    assert.equal(mail.attachments[0]?.filename, 'rechnung-ü.bin');
    assert.ok(mail.attachments[0]?.content.equals(attachment));
    assert.equal(mail.headers.has('bcc'), false);
  }
  assert.equal(counters.sent, 1);
});

test('F02: submission killed again and again loses no message, and with a key sends none twice', async () => {
  const wanted = Array.from({ length: 60 }, (_, index) => `order-${index}`);
  const sending = Promise.all(wanted.map((key, index) => delay(index * 100).then(() => sendUntilTaken(key))));
  for (let kills = 0; kills < 3; kills += 1) {
    await delay(1_500);
    const { pids } = await system.reread();
    const replicas = Object.entries(pids).filter(([part]) => /^submission(-\d)?$/.test(part));
    // Now one replica, now all of them.
    for (const [, pid] of replicas.slice(kills % 2)) process.kill(pid, 'SIGKILL');
  }
  await sending;

  const arrived = await eventually('all of them', async () => {
    const { messages } = await searchMailbox(system.instance, 'to:keyed@customer.example', 500);
    return new Set(messages.map(({ Subject }) => Subject)).size === wanted.length && messages;
  });

  assert.equal(arrived.length, wanted.length);
});

async function send(mail: SendMailOptions): Promise<string> {
  const { smtpUrl, smtpUser, smtpPassword } = system.instance;
  const { hostname, port } = new URL(smtpUrl);
  const transport = createTransport({
    ...{ host: hostname, port: Number(port), requireTLS: true, tls: { rejectUnauthorized: false } },
    auth: { user: smtpUser, pass: smtpPassword },
  });
  try {
    return (await transport.sendMail(mail)).response;
  } finally {
    transport.close();
  }
}

/** As a client does that wants its message to go, once. */
async function sendUntilTaken(key: string): Promise<void> {
  const mail = {
    ...{ from: 'shop@shop.example', to: 'keyed@customer.example', subject: key, text: key },
    headers: { 'X-Posthorn-Idempotency-Key': key },
  };
  await eventually(`${key} to be taken`, () =>
    send(mail).then(
      () => true,
      () => false,
    ),
  );
}

async function statistics() {
  const id = encodeURIComponent(system.instance.smtpUser);
  const { body } = await call(system.instance, 'GET', `/v1/smtp-tokens/${id}/statistics`);
  return Statistics.parse(body).counters;
}
