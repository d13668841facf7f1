import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, copyOf } from './fixture.ts';
import { readSubmittedHeader } from './submitted-header.ts';
import { decodeContent, encodeContent, type TransferEncoding } from './transfer-encoding.ts';

const bytes = (pieces: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(''));

const mailPieces = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\r\n--m',
    '--m--',
    '\r\n--n\r\n',
    '--',
    ' ',
    '\t',
    ':',
    ';',
    '"',
    '=',
    '=3D',
    '=\r\n',
    '\\',
    '(',
    ')',
    '\r',
    '\n',
    '\0',
  ],
  ...[
    'From: a@shop.test',
    'Subject: ',
    'Bcc: hidden@x.test',
    'Content-Type: ',
    'text/html',
    'multipart/mixed; boundary=m',
    'multipart/alternative; boundary="n"',
  ],
  ...[
    '; charset=',
    'utf-16',
    'iso-2022-jp',
    'Content-Transfer-Encoding: ',
    'base64',
    'quoted-printable',
    '8bit',
    'Content-Disposition: attachment; filename="\xe9"',
  ],
  ...[
    '<a href="http://x.test/">',
    '<a href=http://x.test/ data-posthorn-notrack>',
    '<!--[if mso]>',
    '<![endif]-->',
    '</body>',
    '<script>',
    '&amp;',
    '<',
    '\u001b$B',
    '\x80',
    '\xff\xfe',
    'x'.repeat(999),
  ],
  ...[
    'PGEgaHJlZj0iaHR0cDovL3gudGVzdC8iPg==',
    '=?utf-8?q?',
    '?=',
    'message/rfc822',
    'multipart/signed; boundary=m',
    'word',
  ],
];

test('H07: no message makes it throw or loses its end, and a copy that is read again needs no change', () => {
  fc.assert(
    fc.property(bytes(mailPieces, 60), (raw) => {
      readSubmittedHeader(raw);
      const copy = copyOf(raw);

      assert.doesNotMatch(copy.headers, /^(?:bcc|x-posthorn-)/im);
      assert.doesNotMatch(bytesOf(copy), /\0|\r(?!\n)|(?<!\r)\n/);
      assert.ok(copy.body === '' || copy.body.endsWith('\r\n'));
      const again = copyOf(bytesOf(copy), { tracking: null });
      assert.equal(again.body, copy.body, 'a copy is a message like another, and is found safe');
    }),
    { numRuns: 1_000 },
  );
});

test('the header of every copy is fields and nothing else, each once where it must be', () => {
  fc.assert(
    fc.property(bytes(mailPieces, 40), (text) => {
      const { headers } = copyOf(`From: a@shop.test\r\nX-First: ${text}\r\nX-Last: 1\r\n\r\nbody`);

      for (const line of headers.split('\r\n').slice(0, -1))
        assert.match(line, /^(?:[!-9;-~]+[ \t]*:|[ \t])/);
      for (const name of ['Date', 'Message-ID', 'MIME-Version', 'X-HubSpot-MID'])
        assert.equal(headers.match(new RegExp(`^${name}:`, 'gim'))?.length, 1, name);
    }),
    { numRuns: 1_000 },
  );
});

test('encoded and decoded again, bytes are the same', () => {
  const content = bytes(
    [
      '\r\n',
      '\r',
      '\n',
      ' ',
      '\t',
      '=',
      '--m',
      '--',
      '.',
      'From ',
      'é',
      '\x80',
      '\xff',
      'x'.repeat(70),
      '\u0001',
      'a',
    ],
    40,
  );
  const encodings = fc.constantFrom<TransferEncoding>('identity', 'quoted-printable', 'base64');
  const name = { '7bit': 'identity', base64: 'base64', 'quoted-printable': 'quoted-printable' } as const;

  fc.assert(
    fc.property(content, encodings, (given, was) => {
      const { encoding, content: encoded } = encodeContent(given, was);

      assert.equal(decodeContent(encoded, name[encoding]), given);
      assertCarriable(encoded);
      if (encoding !== '7bit') assert.doesNotMatch(encoded, /^--/m);
    }),
    { numRuns: 2_000 },
  );
});

test('F33: every part that is ours to encode leaves as ASCII in lines of at most 998 bytes', () => {
  const content = bytes(
    ['\r\n', 'x'.repeat(700), 'é', '\x80', '<a href="http://x.test/">', '=', '<p>', ' '],
    30,
  );
  const types = fc.constantFrom(
    'text/html',
    'text/plain',
    'application/pdf',
    'text/html; charset=iso-8859-1',
    'text/calendar',
  );
  const encodings = fc.constantFrom('7bit', '8bit', 'binary', 'quoted-printable', 'base64');

  fc.assert(
    fc.property(content, types, encodings, (body, type, encoding) => {
      const part = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${written(body, encoding)}`;
      const copy = copyOf(
        `From: a@shop.test\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n${part}\r\n--m--\r\n`,
      );

      assertCarriable(bytesOf(copy));
    }),
    { numRuns: 1_000 },
  );
});

/** What every server can carry (RFC 5321, section 4.5.3.1.6, without 8BITMIME). */
function assertCarriable(text: string): void {
  for (const line of text.split('\r\n')) {
    assert.ok(line.length <= 998 && Buffer.byteLength(line) === line.length, line);
    assert.doesNotMatch(line, /[\r\n]/);
  }
}

/** Content as that encoding demands, if not in lines. */
function written(content: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(content, 'latin1').toString('base64');
  return encoding === 'quoted-printable'
    ? content.replaceAll('=', '=3D').replace(/[é\x80]/g, '=E9')
    : content;
}
