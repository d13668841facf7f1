import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { aMail, bytesOf, copyOf } from './fixture.ts';
import { readSubmitted } from './submitted-message.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

test('S12: Bcc, Return-Path, control fields, old signatures and our own names go; the rest stays, in order, to the byte', () => {
  const kept = [
    ...[
      'Received: from x\r\n\tby y',
      'From:   Shop  <a@shop.test>',
      'X-Custom: 1',
      'To: b@example.com',
      'Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=',
    ],
    ...[
      'Date: Mon, 1 Jan 2024 00:00:00 +0100',
      'Message-ID: <own@shop.test>',
      'X-Custom: 2',
      'List-Unsubscribe: <https://x.test/u>',
      'MIME-Version: 1.0',
    ],
  ];
  const gone = [
    ...[
      'Bcc: c@x.test,\r\n d@x.test',
      'bcc : e@x.test',
      'Resent-Bcc: f@x.test',
      'Return-Path: <g@x.test>',
      'X-Posthorn-Track: all',
      'x-posthorn-idempotency-key: k',
    ],
    ...[
      'X-HubSpot-MID: forged',
      'X-Posthorn-MID: forged',
      'Feedback-ID: theirs',
      'DKIM-Signature: v=1; d=shop.test;\r\n b=x',
      'no field at all',
    ],
  ];
  const raw = aMail(
    ...kept.flatMap((field, index) => [field, gone[index] ?? '']).filter(Boolean),
    ...gone.slice(kept.length),
    '',
    'x',
  );

  const { headers } = copyOf(raw);

  assert.equal(headers, aMail(...kept, 'X-HubSpot-MID: mid'));
});

test('Date, Message-ID and MIME-Version are added where they are missing or empty', () => {
  const { headers } = copyOf(aMail('From: a@shop.test', 'Message-ID: ', '', 'x'));

  assert.equal(
    headers,
    aMail(
      'From: a@shop.test',
      'Date: Sat, 21 Nov 2026 12:00:00 +0000',
      'Message-ID: <made@shop.test>',
      'MIME-Version: 1.0',
      'X-HubSpot-MID: mid',
    ),
  );
});

test('raw UTF-8 in a header becomes encoded words; only a local part of an address keeps it, and needs SMTPUTF8', async () => {
  const raw = utf8(
    aMail(
      'From: "Müller, Jo" <a@shop.test>',
      'To: Zoë Ünal <b@exämple.com>, c@x.test (Bürö)',
      `Subject: Grüße ${'lang '.repeat(250)}`,
      'X-Note: é',
      '',
      'x',
    ),
  );

  const mail = await simpleParser(Buffer.from(bytesOf(copyOf(raw)), 'latin1'));
  const { headers, needsSmtpUtf8 } = copyOf(raw);

  assert.equal(mail.from?.text, '"Müller, Jo" <a@shop.test>');
  assert.match(headers, /<b@xn--exmple-cua\.com>/);
  assert.ok(mail.subject?.startsWith('Grüße lang lang'));
  assert.equal(needsSmtpUtf8, false);
  assert.ok(headers.split('\r\n').every((line) => line.length <= 998));
  assert.equal(copyOf(utf8(aMail('From: jörg@shop.test', '', 'x'))).needsSmtpUtf8, true);
});

test('S12: header lines of more than 998 bytes are folded', () => {
  const raw = aMail(
    'From: a@shop.test',
    `To: ${'someone@example.com,'.repeat(100)}z@x.test`,
    `X-Long: ${'word '.repeat(500)}`,
    `X-Word: ${'y'.repeat(2_000)}`,
    '',
    'x',
  );

  const { headers } = copyOf(raw);

  assert.ok(headers.split('\r\n').every((line) => line.length <= 998));
  assert.equal(headers.replaceAll(/\r\n /g, ' ').match(/someone@example\.com/g)?.length, 100);
});

test('S12: a header of a megabyte is refused by name, not read', () => {
  const raw = `${'X: y\r\n'.repeat(200_000)}\r\nx`;

  assert.throws(
    () => readSubmitted(raw, { messageId: 'a@x.test', dateMs: 0, isOurs: () => false }),
    RangeError,
  );
});
