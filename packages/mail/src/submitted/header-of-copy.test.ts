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

const structured: [what: string, field: string, written: string][] = [
  [
    'a URL stays a URL',
    'List-Unsubscribe: <https://shop.test/u?n=Jörg&t=1>, <mailto:jörg@shöp.test?subject=stöp>',
    'List-Unsubscribe: <https://shop.test/u?n=J%C3%B6rg&t=1>, <mailto:j%C3%B6rg@xn--shp-tna.test?subject=st%C3%B6p>',
  ],
  [
    'a host of a URL becomes A-labels',
    'List-Help: <https://bücher.test:8080/ü>',
    'List-Help: <https://xn--bcher-kva.test:8080/%C3%BC>',
  ],
  [
    'a list id stays one',
    'List-ID: Gäste <gäste.shop.test>',
    'List-ID: =?UTF-8?B?R8Okc3Rl?= <xn--gste-loa.shop.test>',
  ],
  ['an id stays an id', 'Message-ID: <größe-1@shop.test>', 'Message-ID: <gr%C3%B6%C3%9Fe-1@shop.test>'],
  [
    'references name the same id',
    'References: <größe-1@shop.test> <b@x.test>',
    'References: <gr%C3%B6%C3%9Fe-1@shop.test> <b@x.test>',
  ],
  [
    'a date loses what is said of its zone',
    'Date: Mon, 30 Nov 2026 10:00:00 +0100 (Mitteleuropäische Zeit)',
    'Date: Mon, 30 Nov 2026 10:00:00 +0100',
  ],
  ['a date that is none is written anew', 'Date: Mo, 30 März 2026', 'Date: Sat, 21 Nov 2026 12:00:00 +0000'],
  ['a trace is never encoded text', 'Received: from bücher by x.test', 'Received: from b?cher by x.test'],
  [
    'a group keeps its form',
    'Cc: Gäste: Zoë <z@x.test>, b@x.test;',
    'Cc: =?UTF-8?B?R8Okc3Rl?=: =?UTF-8?B?Wm/Dqw==?= <z@x.test>, b@x.test;',
  ],
  [
    'names in any script are encoded',
    'Cc: 日本 <a@x.test>, "Ünal, Zoë" <z@x.test> (Bürö (Köln))',
    'Cc: =?UTF-8?B?5pel5pys?= <a@x.test>, =?UTF-8?B?w5xuYWwsIFpvw6s=?= <z@x.test> (=?UTF-8?B?QsO8csO2IChLw7Zsbik=?=)',
  ],
  [
    'a name in front of an address without brackets is encoded',
    'Cc: Weiß foo@x.test',
    'Cc: =?UTF-8?B?V2Vpw58=?= foo@x.test',
  ],
  [
    'a bare comma in a name gets quotes',
    'Cc: Acme, Inc. <a@x.test>, Bob <b@x.test>',
    'Cc: "Acme, Inc." <a@x.test>, Bob <b@x.test>',
  ],
  [
    'a name of encoded words with a bare comma is one',
    'Cc: =?utf-8?Q?M=C3=BCller?=, Jo <a@x.test>',
    'Cc: =?UTF-8?B?TcO8bGxlciwgSm8=?= <a@x.test>',
  ],
  ['a source route goes', 'Reply-To: Shop <@relay.test:a@x.test>', 'Reply-To: Shop <a@x.test>'],
  [
    'a file name in sections stays one',
    `Content-Disposition: attachment; filename*0="Grü"; filename*1="ße.pdf"`,
    "Content-Disposition: attachment;\r\n filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf",
  ],
  ['a Message-ID without brackets gets them', 'Message-ID: 1@shop.test', 'Message-ID: <1@shop.test>'],
  ['a Message-ID that names nothing is replaced', 'Message-ID: <>', 'Message-ID: <made@shop.test>'],
  [
    'a Message-ID without a side of its at sign is replaced',
    'Message-ID: <1@ >',
    'Message-ID: <made@shop.test>',
  ],
  ['unknown fields are text', 'X-Note: schön <a@b>', 'X-Note: =?UTF-8?B?c2Now7ZuIDxhQGI+?='],
];

for (const [what, field, written] of structured)
  test(`what a field holds decides how it becomes ASCII: ${what}`, () => {
    const { headers, needsSmtpUtf8 } = copyOf(utf8(aMail('From: a@shop.test', field, '', 'x')));
    assert.ok(headers.includes(`\r\n${written}\r\n`), headers);
    assert.equal(needsSmtpUtf8, false);
  });

test('fields that must hold something and hold nothing are left out (RFC 6409, section 8); an empty subject stays', () => {
  const empty = [
    'To:',
    'Cc: ',
    'Reply-To: <>',
    'Sender: ,',
    'References:',
    'In-Reply-To: <>',
    'List-Unsubscribe: <>',
    'To: (none)',
  ];

  const { headers } = copyOf(
    aMail('From: a@shop.test', ...empty, 'Cc: undisclosed-recipients:;', 'Subject:', '', 'x'),
  );

  assert.match(headers, /^From: a@shop\.test\r\nCc: undisclosed-recipients:;\r\nSubject:\r\nDate:/);
});

test('address lists that every reader reads alike stay to the byte', () => {
  const fields = [
    'To: "Lovelace, Ada" <a@x.test>,\r\n\tBob   <b@x.test> (a, b)',
    'Cc: Friends: a@x.test, b@x.test;,\r\n c@x.test',
    'Reply-To: =?utf-8?Q?M=C3=BCller=2C?= <a@x.test>, <b@x.test>',
    'Bad: , <',
  ];
  assert.ok(
    copyOf(aMail('From: a@shop.test', ...fields, '', 'x')).headers.includes(`\r\n${fields.join('\r\n')}\r\n`),
  );
});
