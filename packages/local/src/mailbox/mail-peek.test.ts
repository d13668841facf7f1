import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { headerFields } from './header-scan.ts';
import { peekMail, searchableText } from './mail-peek.ts';

test('the snippet is what a person reads first: the HTML without tags, styles and invisible filler', () => {
  const html =
    '<head><title>no</title><style>p{}</style></head><p>Your&nbsp;order &amp; more\u200c\u034f\u00ad</p><!-- no --><script>no()</script>';
  const raw = mime(
    'multipart/alternative; boundary="b"',
    `--b\r\nContent-Type: text/plain\r\n\r\nPlain.\r\n--b\r\nContent-Type: text/html\r\n\r\n${html}\r\n--b--`,
  );

  assert.deepEqual(peekMail(raw), { snippet: 'Your order & more', attachments: 0 });
  assert.equal(searchableText(raw), 'Plain. Your order & more');
});

test('a boundary that begins like another one is not taken for it', () => {
  const inner = '--ab\r\n\r\nInside.\r\n--ab--\r\n';
  const raw = mime(
    'multipart/mixed; boundary=a',
    `--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n${inner}--a\r\nContent-Type: application/pdf\r\n\r\nx\r\n--a--`,
  );

  assert.deepEqual(peekMail(raw), { snippet: 'Inside.', attachments: 1 });
});

test('an inline image and a second text are no attachments; a text sent as one is', () => {
  const parts = [
    'Content-Type: text/plain',
    'Content-Type: image/png\r\nContent-Disposition: inline',
    'Content-Type: text/plain\r\nContent-Disposition: attachment',
  ];
  const raw = mime(
    'multipart/mixed; boundary=b',
    `${parts.map((part) => `--b\r\n${part}\r\n\r\nx\r\n`).join('')}--b--`,
  );

  assert.equal(peekMail(raw).attachments, 1);
});

test('any charset and any encoding is read, unknown ones as far as they can be', () => {
  const encoded = (headers: string, body: Buffer) =>
    searchableText(Buffer.concat([Buffer.from(`${headers}\r\n\r\n`), body]));

  assert.equal(
    encoded('Content-Type: text/plain; charset=iso-8859-1', Buffer.from('Gr\xfc\xdfe', 'latin1')),
    'Grüße',
  );
  assert.equal(encoded('Content-Type: text/plain; charset="x-unknown"', Buffer.from('plain')), 'plain');
  assert.equal(encoded('Content-Transfer-Encoding: base64', Buffer.from('R3LDvMOfZQ')), 'Grüße');
  assert.equal(
    encoded('Content-Transfer-Encoding: quoted-printable', Buffer.from('Gr=C3=BC=\r\n=C3=9Fe =XY')),
    'Grüße =XY',
  );
});

test('hostile structures and random bytes cost little and throw nothing', () => {
  const nested = Array.from(
    { length: 500 },
    (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
  ).join('');
  const hostile = [
    '<'.repeat(2e6),
    '<style>'.repeat(2e5),
    '<!--'.repeat(3e5),
    '= '.repeat(1e6),
    ' '.repeat(2e6),
    '&'.repeat(2e6),
  ];
  const startMs = performance.now();

  peekMail(Buffer.from(nested));
  for (const body of hostile) searchableText(mime('text/html', body));
  peekMail(mime('multipart/mixed; boundary=b', '--b\r\n\r\n'.repeat(200_000)));
  for (let n = 0; n < 300; n++) {
    const raw = randomBytes(2_000);
    peekMail(raw);
    assert.ok([...headerFields(raw)].length < 2_000);
  }

  assert.ok(performance.now() - startMs < 5_000);
});

function mime(contentType: string, body: string): Buffer {
  return Buffer.from(`Content-Type: ${contentType}\r\n\r\n${body}\r\n`);
}
