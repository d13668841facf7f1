import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '@hubspot/api-client';
import { SmtpTokenStatistics } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { connectStore } from '@posthorn/store';
import { simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { call, eventually } from './api.ts';
import { rawMessage, searchMailbox } from './mailbox.ts';
import { type RunningSystem, startRunningSystem } from './running-system.ts';

const run = promisify(execFile);
const adminMain = path.resolve(import.meta.dirname, '../../services/gateway/src/admin/main.ts');

const Deliveries = z.object({
  deliveries: z.array(z.object({ recipient: z.string(), state: z.string() })),
});

type Login = Readonly<{ id: string; password?: string }>;

let system: RunningSystem;
let tokens: Client['marketing']['transactional']['publicSMTPTokensApi'];

before(async () => {
  system = await startRunningSystem();
  tokens = tokensOf(system.instance.apiKey);
});
after(() => system[Symbol.asyncDispose]());

test('mail sent with a token of the official client arrives whole, and its open and click are counted on the token', {
  timeout: 120_000,
}, async () => {
  const token = await tokens.createToken({ campaignName: 'Receipts', createContact: true });
  const attachment = randomBytes(5_000);

  const info = await transportFor(token).sendMail({
    from: 'Shop <orders@shop.example>',
    to: 'jane@customer.example',
    cc: 'copy@customer.example',
    bcc: 'archive@shop.example',
    subject: 'Bestellung № 42 – danke',
    text: 'Thanks.',
    html: '<html><body><p>Thanks. <a href="https://shop.example/orders/42?a=1&amp;b=2">See it</a></p></body></html>',
    attachments: [{ filename: 'Beleg.pdf', content: attachment, contentType: 'application/pdf' }],
  });
  const raws = await eventually('both copies', async () => {
    const { messages } = await searchMailbox(system.instance, 'subject:Bestellung');
    return messages.length >= 2 && Promise.all(messages.map(({ ID }) => rawMessage(system.instance, ID)));
  });
  const arrivedAtMs = Date.now();
  const copies = await Promise.all(raws.map((raw) => simpleParser(raw)));
  const tracked = copies.filter(({ html }) => String(html).includes('/t/o/'));
  const html = String(tracked[0]?.html);
  const pixel = /src="([^"]+\/t\/o\/[^"]+)"/.exec(html)?.[1] ?? '';
  const link = /href="([^"]+\/t\/c\/[^"]+)"/.exec(html)?.[1] ?? '';
  const headers = { 'user-agent': browser };
  // A picture that is loaded again within the same minute is one open; a minute may end in between.
  await fetch(pixel, { headers });
  await fetch(pixel, { headers });
  // A click within two seconds of the reply to the delivery, which comes after the mail can be seen, counts as a machine’s.
  await eventually('a person to have read it', async () => Date.now() > arrivedAtMs + 4_000);
  const clicked = await fetch(link, { headers, redirect: 'manual' });
  const { counters, ratios } = await eventually('all of it to be counted', async () => {
    const seen = await statisticsOf(token.id);
    return seen.counters.openTotal >= 1 && seen.counters.click >= 1 && seen.counters.delivered >= 1 && seen;
  });
  const deliveries = await deliveriesOf(/ ([0-9a-f-]{36})$/.exec(info.response)?.[1] ?? '');

  assert.equal(tracked.length, 1);
  for (const copy of copies) {
    assert.equal(copy.subject, 'Bestellung № 42 – danke');
    assert.deepEqual(copy.attachments[0]?.content, attachment);
    assert.equal(copy.headers.has('bcc'), false);
    assert.ok(copy.headers.has('dkim-signature'));
  }
  assert.deepEqual(deliveries, {
    'jane@customer.example': 'delivered',
    'copy@customer.example': 'delivered',
    'archive@shop.example': 'delivered',
  });
  assert.equal(clicked.headers.get('location'), 'https://shop.example/orders/42?a=1&b=2');
  const { selected, sent, dropped, delivered, open, openTotal, click, clickTotal } = counters;
  assert.deepEqual(
    { selected, sent, dropped, delivered, open, click, clickTotal },
    { selected: 1, sent: 1, dropped: 0, delivered: 1, open: 1, click: 1, clickTotal: 1 },
  );
  assert.ok(openTotal === 1 || openTotal === 2);
  assert.deepEqual([ratios.deliveredratio, ratios.openratio, ratios.clickthroughratio], [100, 100, 100]);
});

test('createContact decides whether recipients become contacts', { timeout: 120_000 }, async () => {
  const [makes, makesNone] = await Promise.all(
    [true, false].map((createContact) => tokens.createToken({ campaignName: 'Contacts', createContact })),
  );
  assert.ok(makes && makesNone);
  const mail = { from: 'orders@shop.example', subject: 'Hello', text: 'Hello' };

  await transportFor(makesNone).sendMail({ ...mail, to: 'stranger@customer.example' });
  await transportFor(makes).sendMail({ ...mail, to: 'friend@customer.example' });
  for (const { id } of [makes, makesNone])
    await eventually('the mail to be sent', async () => (await statisticsOf(id)).counters.sent === 1);

  const { mongodbUrl: url, accountId } = system.instance;
  await using store = await connectStore({ url, log: silentLogger });
  await store.whenReady();
  const people = ['stranger@customer.example', 'friend@customer.example'];
  const found = await eventually('a contact', async () => {
    const contacts = await store.contacts.findMany(accountId, people);
    return contacts.size > 0 && contacts;
  });
  assert.deepEqual([...found.keys()], ['friend@customer.example']);
});

test('a password that was reset is refused within a second, and the new one is taken', async () => {
  const token = await tokens.createToken({ campaignName: 'Reset', createContact: false });
  await transportFor(token).verify();

  const reset = await tokens.resetPassword(token.id);

  await untilRefused(token, performance.now());
  await transportFor(reset).verify();
});

test('a token that was deleted is refused within a second; its statistics stay', async () => {
  const token = await tokens.createToken({ campaignName: 'Deleted', createContact: false });
  await transportFor(token).verify();

  await tokens.archiveToken(token.id);

  await untilRefused(token, performance.now());
  assert.equal((await statisticsOf(token.id)).counters.sent, 0);
});

test('a token outlives the key that made it', async () => {
  const { key } = await admin('keys create --name short-lived --scopes transactional-email');
  const token = await tokensOf(key).createToken({ campaignName: 'Outlives', createContact: false });

  await admin(`keys revoke --key ${key}`);

  await eventually('the key to be refused', () =>
    tokensOf(key)
      .getTokenById(token.id)
      .then(
        () => false,
        (error: unknown) => Object(error).code === 401,
      ),
  );
  await transportFor(token).verify();
});

/** Nobody may be let in who begins to log in a second after `changedAtMs`. */
async function untilRefused(login: Login, changedAtMs: number): Promise<void> {
  await eventually('the login to be refused', async () => {
    const beganMs = performance.now() - changedAtMs;
    const answer = await transportFor(login)
      .verify()
      .catch((error: unknown) => Number(Object(error).responseCode));
    assert.ok(answer === 535 || beganMs < 1_000, `answered ${answer} after ${beganMs} ms`);
    return answer === 535;
  });
}

async function deliveriesOf(statusId: string): Promise<Record<string, string>> {
  const { deliveries } = Deliveries.parse((await call(system.instance, 'GET', `/v1/sends/${statusId}`)).body);
  return Object.fromEntries(deliveries.map(({ recipient, state }) => [recipient, state]));
}

async function statisticsOf(id: string): Promise<SmtpTokenStatistics> {
  const path = `/v1/smtp-tokens/${encodeURIComponent(id)}/statistics`;
  return SmtpTokenStatistics.parse((await call(system.instance, 'GET', path)).body);
}

function transportFor({ id, password = '' }: Login) {
  const { hostname: host, port } = new URL(system.instance.smtpUrl);
  return createTransport({
    ...{ host, port: Number(port) },
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: id, pass: password },
  });
}

function tokensOf(accessToken: string) {
  const client = new Client({ accessToken, basePath: system.instance.apiUrl });
  return client.marketing.transactional.publicSMTPTokensApi;
}

/** Runs an admin command as an operator would, on this account. */
async function admin(command: string): Promise<{ key: string }> {
  const args = [...command.split(' '), '--account', String(system.instance.accountId), '--json'];
  const env = { PATH: process.env['PATH'], POSTHORN_HOME: system.home };
  const { stdout } = await run(process.execPath, [adminMain, ...args], { env });
  return JSON.parse(stdout);
}

const browser =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
