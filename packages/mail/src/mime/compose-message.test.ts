import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { attachmentEntity, inlineImageEntity, isContentId } from './attachment.ts';
import { composeMessage, type MessageInput } from './compose-message.ts';
import { encodeText } from './text-encoding.ts';

const file = attachmentEntity({ fileName: 'a.txt', contentType: 'text/plain', content: Buffer.from('a') });
const image = inlineImageEntity({
  fileName: 'i.png',
  contentType: 'image/png',
  content: Buffer.from('i'),
  contentId: 'i',
});

test('a message is only as deep as it needs to be', () => {
  const both = { text: 't', html: 'h' };

  assert.deepEqual(typesOf({ text: 't' }), ['text/plain']);
  assert.deepEqual(typesOf({ html: 'h' }), ['text/html']);
  assert.deepEqual(typesOf({}), ['text/plain']);
  assert.deepEqual(typesOf(both), ['multipart/alternative', 'text/plain', 'text/html']);
  assert.deepEqual(typesOf({ html: 'h', inlineImages: [image] }), [
    'multipart/related',
    'text/html',
    'image/png',
  ]);
  assert.deepEqual(typesOf({ text: 't', inlineImages: [image] }), [
    'multipart/mixed',
    'text/plain',
    'image/png',
  ]);
  assert.deepEqual(typesOf({ ...both, inlineImages: [image], attachments: [file] }), [
    ...[
      'multipart/mixed',
      'multipart/related',
      'multipart/alternative',
      'text/plain',
      'text/html',
      'image/png',
    ],
    'text/plain',
  ]);
});

test('the same input gives the same bytes; another seed gives other boundaries', () => {
  const input = { text: 't', html: 'h', attachments: [file] };

  assert.deepEqual(compose(input), compose(input));
  assert.notEqual(compose(input).body, compose({ ...input, boundarySeed: 'other' }).body);
});

test('S02, S11: any text and HTML leave with CRLF ends alone, at most 998 bytes a line, and read back the same', async () => {
  const pieces = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\0',
    '.',
    'From ',
    '--=_',
    '=',
    ' ',
    '\t',
    'é',
    '🎉',
    'word',
    'x'.repeat(999),
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );

  await fc.assert(
    fc.asyncProperty(texts, texts, async (text, html) => {
      const { headers, body } = compose({
        text,
        html,
        subject: text,
        from: { name: html, address: 'a@example.com' },
      });
      const message = `${headers}\r\n${body}`;

      assert.ok(message.split('\r\n').every((line) => /^[^\r\n\0]*$/.test(line) && line.length <= 998));
      const parsed = await simpleParser(Buffer.from(message, 'latin1'), {
        skipHtmlToText: true,
        skipTextToHtml: true,
      });
      assert.equal((parsed.text ?? '').trimEnd(), plain(text).trimEnd());
    }),
    { numRuns: 300 },
  );
});

test('short ASCII stays readable, long lines and some accents are quoted, other scripts are base64', () => {
  assert.equal(encodeText('Hello\n').encoding, '7bit');
  assert.equal(encodeText('x'.repeat(998)).encoding, '7bit');
  assert.equal(encodeText('x'.repeat(999)).encoding, 'quoted-printable');
  assert.equal(encodeText('Grüße aus Köln, bis bald am Rhein').encoding, 'quoted-printable');
  assert.equal(encodeText('مرحبا بالعالم').encoding, 'base64');
  assert.equal(encodeText('From here\n').encoding, 'quoted-printable');
});

test('encoded lines are at most 76 characters', () => {
  const texts = [
    'é'.repeat(5_000),
    `${'= \t'.repeat(3_000)}x`,
    `.${'a'.repeat(74)}\n${'a'.repeat(75)}\n${'a'.repeat(76)}é\n${'a'.repeat(74)} \n`,
  ];

  for (const text of texts) {
    const lines = encodeText(text).content.split('\r\n');
    assert.ok(lines.every((line) => line.length <= 76 && !/[ \t]$/.test(line)));
  }
});

test('a local part beyond ASCII stands in the header as UTF-8 bytes (RFC 6532)', () => {
  const { headers } = compose({ to: [{ name: '', address: 'josé@example.com' }] });

  assert.ok(Buffer.from(headers, 'latin1').toString().includes('To: josé@example.com\r\n'));
});

test('List-Unsubscribe and other fields stand between Message-ID and MIME-Version, unencoded', () => {
  const value = `<https://example.com/u/${'t'.repeat(200)}>, <mailto:u@example.com>`;
  const { headers } = compose({ headers: [{ name: 'List-Unsubscribe', value }] });

  assert.match(
    headers,
    /Message-ID: .*\r\nList-Unsubscribe: <https[^ ]+>,\r\n <mailto:u@example.com>\r\nMIME-Version/,
  );
});

test('H02: our own X-Posthorn fields may be added, and are clean even so', () => {
  const { headers } = compose({ headers: [{ name: 'X-Posthorn-Loop', value: 'a\r\nBcc: b' }] });

  assert.match(headers, /\r\nX-Posthorn-Loop: a Bcc: b\r\n/);
});

test('a content id is what a cid: link and a header can hold', () => {
  assert.ok(isContentId('logo.1@example.com'));
  for (const contentId of ['', 'a b', 'a>', 'é', 'a\r\nb', 'x'.repeat(201)])
    assert.equal(isContentId(contentId), false);
});

function compose(input: Partial<MessageInput>) {
  const from = { name: 'Ada', address: 'ada@example.com' };
  const fixed = { messageId: 'id@example.com', dateMs: 0, boundarySeed: 'seed' };
  return composeMessage({
    from,
    to: [{ name: '', address: 'bob@example.net' }],
    subject: 's',
    ...fixed,
    ...input,
  });
}

function typesOf(input: Partial<MessageInput>): string[] {
  const { headers, body } = compose(input);
  return [...(headers + body).matchAll(/^Content-Type: ([\w/]+)/gm)].map(([, type = '']) => type);
}

function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '')
    .replace(/\r\n|\r/g, '\n');
}
