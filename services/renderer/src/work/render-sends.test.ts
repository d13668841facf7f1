import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrackingToken } from '@posthorn/mail';
import { authenticate } from 'mailauth';
import { simpleParser } from 'mailparser';
import { accountScopeOf } from '../account-scope.ts';
import {
  acceptedAtMs,
  account,
  accountId,
  aVersion,
  emailId,
  keyring,
  shopKeys,
  shopRecords,
} from '../fixture.ts';
import { createRenderSends } from './render-sends.ts';
import type { RenderSend, RenderTask } from './render-task.ts';

const statusId = '01908b6e-6a00-8abc-8def-0123456789ab';
const jane = { name: 'Jane', address: 'jane@example.com', localPart: 'jane', domain: 'example.com' };
const copy = { name: '', address: 'copy@example.com', localPart: 'copy', domain: 'example.com' };

test('a rendition reads back as what was sent, and hides Bcc', async () => {
  const mail = await simpleParser(Buffer.from(rendered({ cc: [copy], replyTo: [copy] }).tracked, 'latin1'));

  assert.equal(mail.from?.text, '"Shop" <orders@shop.test>');
  assert.deepEqual(
    [mail.to, mail.cc, mail.replyTo].flat().map((field) => field?.text),
    ['"Jane" <jane@example.com>', 'copy@example.com', 'copy@example.com'],
  );
  assert.equal(mail.subject, 'Order 7');
  assert.equal(mail.messageId, `<${statusId}@shop.test>`);
  assert.equal(mail.date?.getTime(), acceptedAtMs);
  assert.equal(mail.headers.get('x-posthorn-mid'), statusId);
  assert.equal(mail.headers.get('feedback-id'), `${emailId}:${accountId}:transactional:posthorn`);
  assert.equal(mail.headers.has('bcc'), false);
  assert.match(String(mail.html), /Hi Zoë</);
  assert.match(String(mail.text), /Hi Zoë/);
});

test('RSA and Ed25519 signatures both verify', async () => {
  const result = await authenticate(Buffer.from(rendered({}).tracked, 'latin1'), {
    ip: '127.0.0.1',
    helo: 'shop.test',
    sender: 'orders@shop.test',
    disableArc: true,
    disableDmarc: true,
    disableBimi: true,
    resolver: async (name: string) => [[shopRecords[name] ?? '']],
  });

  assert.deepEqual(
    result.dkim.results.map(({ status, signingDomain }) => `${status.result} ${signingDomain}`),
    ['pass shop.test', 'pass shop.test'],
  );
});

test('links and pixel of the tracked rendition hold tokens that name send, link and target', async () => {
  const mail = await simpleParser(Buffer.from(rendered({}).tracked, 'latin1'));
  const click = /href="https:\/\/t\.test\/t\/c\/([\w-]+)"/.exec(String(mail.html))?.[1] ?? '';
  const open = /src="https:\/\/t\.test\/t\/o\/([\w-]+)\.gif"/.exec(String(mail.html))?.[1] ?? '';
  const send = { statusId, accountId, emailId };

  assert.deepEqual(readTrackingToken(keyring, click), {
    kind: 'click',
    ...send,
    linkIndex: 0,
    target: 'https://shop.test/o/7',
  });
  assert.deepEqual(readTrackingToken(keyring, open), { kind: 'open', ...send });
  assert.ok(String(mail.text).includes(`https://t.test/t/c/${click}`));
});

test('the rendition for Cc and Bcc is the same mail without tracking', async () => {
  const { tracked, untracked } = rendered({ needsUntracked: true });
  const [one, other] = await Promise.all(
    [tracked, untracked ?? ''].map((rendition) => simpleParser(Buffer.from(rendition, 'latin1'))),
  );

  assert.doesNotMatch(untracked ?? '', /t\.test/);
  assert.match(String(other?.html), /href="https:\/\/shop\.test\/o\/7"/);
  assert.equal(other?.messageId, one?.messageId);
  assert.equal(rendered({}).untracked, undefined);
});

test('an account may switch tracking off', () => {
  const accounts = { [accountId]: { ...accountScopeOf(account), tracksOpens: false, tracksClicks: false } };

  assert.doesNotMatch(rendered({}, { accounts }).tracked, /t\.test/);
});

test('the same send has the same bytes each time', () => {
  assert.equal(rendered({}).tracked, rendered({}).tracked);
});

test('a From in the request replaces the email’s name and address', async () => {
  const from = { name: '', address: 'help@shop.test', localPart: 'help', domain: 'shop.test' };

  assert.match(rendered({ from }).tracked, /^From: help@shop\.test\r$/m);
  assert.match(rendered({ from: { ...from, name: 'Help' } }).tracked, /^From: Help <help@shop\.test>\r$/m);
});

test('attachments and inline images travel with the mail', async () => {
  const attachments = [
    { filename: 'bill.pdf', contentType: 'application/pdf', content: '\u0000\u00ffpdf' },
    { filename: 'logo.png', contentType: 'image/png', contentId: 'logo', content: 'png' },
  ];

  const mail = await simpleParser(Buffer.from(rendered({ attachments }).tracked, 'latin1'));

  assert.deepEqual(
    mail.attachments.map(({ filename, related, content }) => [
      filename,
      related ?? false,
      content.toString('latin1'),
    ]),
    [
      ['logo.png', true, 'png'],
      ['bill.pdf', false, '\u0000\u00ffpdf'],
    ],
  );
});

test('links and pixel stand under the domain’s own host where the send names one', async () => {
  const { tracked } = rendered({ trackingUrl: 'https://links.shop.test' });

  const { html } = await simpleParser(Buffer.from(tracked, 'latin1'));
  assert.match(String(html), /href="https:\/\/links\.shop\.test\/t\/c\//);
  assert.match(String(html), /src="https:\/\/links\.shop\.test\/t\/o\//);
  assert.doesNotMatch(String(html), /\/\/t\.test/);
});

test('one send that fails leaves the others of its task alone', () => {
  const render = createRenderSends({ keyring, trackingUrl: 'https://t.test' });

  const results = render(
    aTask([aRenderSend({ custom: {} }), aRenderSend({ versionKey: 'none' }), aRenderSend({})]),
  );

  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['missing', 'threw', 'rendered'],
  );
});

test('F53: mail of a domain whose keys cannot be read is not made', () => {
  const broken = shopKeys.map((key) => ({ ...key, privateKeyPem: 'no key' }));
  const render = createRenderSends({ keyring, trackingUrl: 'https://t.test' });

  assert.deepEqual(render({ ...aTask([aRenderSend({})]), keys: { k: broken } }), [
    { kind: 'key-unreadable' },
  ]);
  assert.deepEqual(render({ ...aTask([aRenderSend({})]), keys: {} }), [{ kind: 'key-unreadable' }]);
});

function aRenderSend(fields: Partial<RenderSend>): RenderSend {
  return {
    ...{
      statusId,
      accountId,
      emailId,
      acceptedAtMs,
      versionKey: 'v',
      signWith: 'k',
      to: jane,
      cc: [],
      replyTo: [],
    },
    from: { name: null, address: 'orders@shop.test', localPart: 'orders', domain: 'shop.test' },
    ...{ contact: { firstname: 'Zoë' }, custom: { id: '7' }, attachments: [], needsUntracked: false },
    ...fields,
  };
}

function aTask(sends: RenderSend[]): RenderTask {
  return {
    versions: { v: aVersion() },
    keys: { k: shopKeys },
    accounts: { [accountId]: accountScopeOf(account) },
    sends,
  };
}

function rendered(fields: Partial<RenderSend>, task: Partial<RenderTask> = {}) {
  const render = createRenderSends({ keyring, trackingUrl: 'https://t.test' });
  const [result] = render({ ...aTask([aRenderSend(fields)]), ...task });
  assert.equal(result?.kind, 'rendered', JSON.stringify(result));
  if (result?.kind !== 'rendered') throw new Error('unreachable');
  return result;
}
