import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedMail, simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { readMediaType } from '../header/media-type.ts';
import { attachmentEntity, inlineImageEntity } from './attachment.ts';
import { type ComposedMessage, composeMessage, type MessageInput } from './compose-message.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001', 'hex');
const everyByte = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index % 256));

const cases: Record<string, Partial<MessageInput>> = {
  'plain text alone': { text: 'Hello\nBob\n' },
  'HTML alone': { html: '<p>Hello</p>' },
  'text and HTML': { text: 'Hello', html: '<p>Hello</p>' },
  'nothing at all': {},
  'an empty text beside HTML': { text: '', html: '<p>x</p>' },
  'emoji in everything': {
    subject: '🎉 Party 👩‍👩‍👧‍👦',
    text: 'Hi 🎉',
    html: '<p>🎉</p>',
    to: [{ name: '🎉 Bob', address: 'b@example.net' }],
  },
  'right-to-left text': {
    subject: 'שלום עולם',
    text: 'مرحبا بالعالم'.repeat(50),
    html: '<p dir="rtl">שלום</p>',
  },
  'a long ASCII subject': { subject: 'word '.repeat(180).trim() },
  'a long subject in one word': { subject: 'w'.repeat(2_000) },
  'a long Unicode subject': { subject: 'Überraschung für Ägypten 日本語 '.repeat(20).trim() },
  'an empty subject': { subject: '' },
  'lines of 100 kB': { text: 'x'.repeat(100_000), html: `<p>${'y'.repeat(100_000)}</p>` },
  'lines of 998 and 999 bytes': { text: `${'x'.repeat(998)}\n`, html: `${'y'.repeat(999)}\n` },
  'trailing blanks and tabs': { text: 'a \n\tb\t\n = = =3D \né ', html: '<p> \n</p>\té=\n' },
  'dots and From at line starts': { text: '.\n..\nFrom me\n>From\n', html: '.\nFrom\né' },
  'our own boundary in the text': { text: '--=_alternative-00000000\n--=_mixed-0--', html: '<p>--=_</p>' },
  'names with specials': {
    from: { name: 'Acme, "Inc" (x) <y> \\', address: 'a@example.com' },
    replyTo: [
      { name: "O'Neil; & Sons:", address: 'r@example.com' },
      { name: '', address: 's@example.com' },
    ],
    cc: Array.from({ length: 30 }, (_, index) => ({
      name: `Person Number ${index}`,
      address: `person-${index}@example.com`,
    })),
  },
  'a very long name': { from: { name: `${'Long Name '.repeat(40)}é`, address: 'a@example.com' } },
};

for (const [name, input] of Object.entries(cases)) {
  test(`a message with ${name} reads as nodemailer's of the same input`, async () => {
    const message = messageOf(input);

    const ours = await simpleParser(bytesOf(composeMessage(message)), { skipHtmlToText: true });

    const theirs = await simpleParser(await nodemailerBytes(message), { skipHtmlToText: true });
    assert.deepEqual(meaningOf(ours), meaningOf(theirs));
    assert.equal(ours.subject ?? '', message.subject);
    assert.equal((ours.text ?? '').trimEnd(), (input.text ?? '').trimEnd());
  });
}

test('subjects that nodemailer changes read back as they were given', async () => {
  for (const subject of [
    '=?UTF-8?Q?not=20encoded?= really',
    `a  b   c ${'d  '.repeat(40)}e`,
    `x${' '.repeat(1_200)}y`,
  ]) {
    assert.equal((await simpleParser(bytesOf(composeMessage(messageOf({ subject }))))).subject, subject);
  }
});

test('inline images and attachments read as nodemailer writes them, to the byte', async () => {
  const files = [
    { fileName: 'invoice 2026.pdf', contentType: 'application/pdf', content: everyByte },
    {
      fileName: 'Rechnung März – für "Ünal".txt',
      contentType: 'text/plain; charset=utf-8',
      content: Buffer.from('é\n'),
    },
    { fileName: '🎉'.repeat(40), contentType: 'nonsense', content: Buffer.alloc(0) },
    { fileName: 'mail.msg.bin', contentType: 'message/rfc822', content: Buffer.from('Subject: x\r\n\r\n') },
  ];
  const image = { fileName: 'logo.png', contentType: 'image/png', content: png, contentId: 'logo@x' };
  const message = messageOf({ text: 'x', html: '<img src="cid:logo@x">' });

  const composed = composeMessage({
    ...message,
    inlineImages: [inlineImageEntity(image)],
    attachments: files.map(attachmentEntity),
  });
  const parsed = await simpleParser(bytesOf(composed), { keepCidLinks: true });

  assert.deepEqual(
    parsed.attachments.map(({ filename, contentType, content, cid, related }) => [
      filename,
      contentType,
      content,
      cid,
      related,
    ]),
    [
      ['logo.png', 'image/png', png, 'logo@x', true],
      ['invoice 2026.pdf', 'application/pdf', everyByte, undefined, undefined],
      ['Rechnung März – für _Ünal_.txt', 'text/plain', Buffer.from('é\n'), undefined, undefined],
      ['🎉'.repeat(40), 'application/octet-stream', Buffer.alloc(0), undefined, undefined],
      ['mail.msg.bin', 'application/octet-stream', Buffer.from('Subject: x\r\n\r\n'), undefined, undefined],
    ],
  );
  assert.equal(parsed.html, '<img src="cid:logo@x">');
});

test('H01: no value can add a header or a line', async () => {
  const evil = 'x\r\nBcc: evil@example.org\r\n\r\n<b>body</b>\0\u2028';
  const message = messageOf({
    subject: evil,
    from: { name: evil, address: 'a@example.com' },
    to: [{ name: evil, address: 'b@example.net' }],
    replyTo: [{ name: `${evil}é`, address: 'r@example.com' }],
    text: 'fine',
    attachments: [attachmentEntity({ fileName: evil, contentType: `text/plain\r\nX: y`, content: png })],
  });

  const parsed = await simpleParser(bytesOf(composeMessage(message)));

  const expected = [
    'from',
    'to',
    'reply-to',
    'subject',
    'date',
    'message-id',
    'mime-version',
    'content-type',
  ];
  assert.deepEqual(
    [...parsed.headerLines].map(({ key }) => key),
    expected,
  );
  assert.equal(parsed.subject, 'x Bcc: evil@example.org <b>body</b>');
  assert.equal(parsed.text?.trim(), 'fine');
});

test('H01, H02: a header, message id or content id that was not checked never leaves', () => {
  const headers = [
    { name: 'Bcc', value: 'x' },
    { name: 'X-A', value: 'a\r\nb: c' },
    { name: 'X:', value: '' },
  ];

  for (const header of headers)
    assert.throws(() => composeMessage(messageOf({ headers: [header] })), TypeError);
  assert.throws(() => composeMessage(messageOf({ messageId: 'a@b>\r\nX: y' })), TypeError);
  const image = { fileName: 'x', contentType: 'image/png', content: png, contentId: 'a>\r\nX: y' };
  assert.throws(() => inlineImageEntity(image), TypeError);
});

function messageOf(input: Partial<MessageInput>): MessageInput {
  return {
    from: { name: 'Ada', address: 'ada@example.com' },
    to: [{ name: 'Bob', address: 'bob@example.net' }],
    subject: 'Hello',
    messageId: '01900000-0000-8000-8000-000000000000@example.com',
    dateMs: Date.UTC(2026, 10, 21, 12),
    boundarySeed: '01900000-0000-8000-8000-000000000000',
    ...input,
  };
}

function bytesOf({ headers, body }: ComposedMessage): Buffer {
  return Buffer.from(`${headers}\r\n${body}`, 'latin1');
}

async function nodemailerBytes({
  from,
  to,
  cc = [],
  replyTo = [],
  subject,
  text,
  html,
  messageId,
  dateMs,
}: MessageInput): Promise<Buffer> {
  const mutable = { from: { ...from }, to: [...to], cc: [...cc], replyTo: [...replyTo] };
  const content = { ...(text ? { text } : {}), ...(html ? { html } : {}) };
  const date = new Date(dateMs);
  return await new MailComposer({ ...mutable, ...content, subject, messageId: `<${messageId}>`, date })
    .compile()
    .build();
}

/** The headers as read, and the text and HTML without the line end that closes a part. */
function meaningOf(mail: ParsedMail) {
  const { subject, from, to, cc, replyTo, date, messageId } = mail;
  const addresses = [from, to, cc, replyTo].flat().map((field) => field?.value);
  return {
    ...{ subject: subject ?? '', addresses, date, messageId },
    text: (mail.text ?? '').trimEnd(),
    html: (mail.html || '').trimEnd(),
    attachments: mail.attachments.length,
  };
}

test('every parameter of an attachment’s media type leaves with it: the method of an invitation', async () => {
  const types: [string, Record<string, string>][] = [
    ['text/calendar; charset=utf-8; method=REQUEST', { charset: 'utf-8', method: 'REQUEST' }],
    ['Text/Calendar;method="REQUEST";component=VEVENT', { method: 'REQUEST', component: 'VEVENT' }],
    ['application/xhtml+xml; profile="http://x.test/a;b=\'c\'"', { profile: "http://x.test/a;b='c'" }],
    ['text/csv; header=present (with names); charset=utf-8;', { header: 'present', charset: 'utf-8' }],
    ['application/pdf; name="../Größe.pdf"', { name: 'Größe.pdf' }],
    ['application/zip; boundary=x', {}],
  ];
  for (const [contentType, parameters] of types) {
    const { fields } = attachmentEntity({ fileName: 'a', contentType, content: Buffer.from('x') });
    const value = /^Content-Type: (.+?)\r\n(?! )/ms.exec(fields)?.[1]?.replaceAll('\r\n', '') ?? '';
    const read = readMediaType(value);
    assert.equal(read.value, contentType.split(';')[0]?.toLowerCase());
    assert.deepEqual(Object.fromEntries(read.parameters), parameters);
  }
});
