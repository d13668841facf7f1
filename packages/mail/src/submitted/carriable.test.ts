import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { aMail, bytesOf, copyOf } from './fixture.ts';
import { hasUnsendableLine } from './unsendable.ts';

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const part = (fields: string[], content: string): string =>
  utf8(`${fields.join('\r\n')}\r\n\r\n${content}\r\n`);
const mixed = (...parts: string[]): string =>
  `${aMail('From: a@shop.test', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=m', '')}${parts.map((one) => `--m\r\n${one}`).join('')}--m--\r\n`;
const isCarriable = (text: string): boolean =>
  text.split('\r\n').every((line) => /^[\0-\x7f]{0,998}$/.test(line));

const spellings: [string, string][] = [
  ...['8-bit', '8bits', '8 bit', '8BIT;', '"8bit"', '8bit (unencoded)', '7-bit', 'utf-8', ''].map(
    (name): [string, string] => [name, 'Grüße <a href="http://x.test/">x</a>'],
  ),
  ...['quoted_printable', 'quoted printable', 'Quoted-Printable;', 'quotedprintable'].map(
    (name): [string, string] => [name, 'Gr=C3=BC=C3=9Fe <a href=3D"http://x.test/">x</a>'],
  ),
  ...['base-64', 'base 64', 'BASE64,', 'base64; charset=utf-8'].map((name): [string, string] => [
    name,
    Buffer.from('Grüße <a href="http://x.test/">x</a>').toString('base64'),
  ]),
];

for (const [name, content] of spellings)
  test(`an encoding is known however it is spelled: ${name || 'nothing'}`, async () => {
    const html = part(
      ['Content-Type: text/html; charset=utf-8', `Content-Transfer-Encoding: ${name}`],
      content,
    );

    const copy = bytesOf(copyOf(mixed(html)));
    const mail = await simpleParser(Buffer.from(copy, 'latin1'));

    assert.ok(isCarriable(copy), copy);
    assert.match(copy, /\r\nContent-Transfer-Encoding: (?:7bit|quoted-printable|base64)\r\n/);
    assert.match(String(mail.html), /^Grüße <a href="https:\/\/t\.test\/c\/0/);
  });

test('an encoding that is misspelled is put right where the part needs nothing else', () => {
  const file = part(['Content-Type: application/pdf', 'Content-Transfer-Encoding: base-64'], 'JVBERi0xLjQK');

  assert.ok(copyOf(mixed(file)).body.includes('Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n'));
});

test('what an unknown encoding holds is taken for bytes where it cannot leave as it is, and else left alone', async () => {
  const unknown = (content: string): string =>
    part(['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: x-none'], content);

  assert.ok(copyOf(mixed(unknown('plain'))).body.includes('x-none\r\n\r\nplain'));
  const mail = await simpleParser(Buffer.from(bytesOf(copyOf(mixed(unknown('Grüße')))), 'latin1'));
  assert.equal(mail.text?.trim(), 'Grüße');
});

test('base64 that goes on behind its end is put into short lines, and nothing else', () => {
  const content = `${'QUJD'.repeat(300)}QQ==${'QUJD'.repeat(300)}`;
  const file = part(['Content-Type: application/pdf', 'Content-Transfer-Encoding: base64'], content);

  const { body } = copyOf(mixed(file));

  assert.ok(isCarriable(body));
  assert.ok(body.replaceAll('\r\n', '').includes(content));
});

test('a boundary in sections, percent-encoded or behind a comment is found', () => {
  for (const parameter of [
    'boundary*0="ab";\r\n boundary*1="c"',
    "boundary*0*=us-ascii''a%62;\r\n boundary*1=c",
    "boundary*=us-ascii''abc",
    '(one (two)) boundary=abc (three)',
    'charset=x ; Boundary = "abc"',
  ]) {
    const html = part(
      ['Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: 8bit'],
      '<p>Grüße</p>',
    );
    const raw = `${aMail('From: a@shop.test', `Content-Type: multipart/mixed; ${parameter}`, '')}--abc\r\n${html}--abc--\r\n`;

    const { body } = copyOf(raw);

    assert.ok(isCarriable(body), parameter);
    assert.match(body, /o\.gif/, parameter);
  }
});

const forwarded = (content: string, ...fields: string[]): string =>
  part(
    ['Content-Type: message/rfc822'],
    `From: x@y.test\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n${content}`,
  );

test('F33, S11: in a forwarded message, too, bytes above 127 and long lines are encoded; it is never tracked', async () => {
  const html = 'Content-Type: text/html; charset=utf-8';
  for (const content of ['<p>Grüße <a href="http://x.test/">x</a></p>', `<p>${'word '.repeat(400)}</p>`]) {
    const raw = mixed(forwarded(content, 'Subject: Größe', 'MIME-Version: 1.0', html));

    const copy = bytesOf(copyOf(raw));
    const mail = await simpleParser(Buffer.from(copy, 'latin1'));
    const inner = await simpleParser(mail.attachments[0]?.content ?? '');

    assert.ok(isCarriable(copy), copy);
    assert.doesNotMatch(copy, /t\.test/);
    assert.equal(inner.subject, 'Größe');
    assert.equal(String(inner.html).trim(), content);
    assert.equal(hasUnsendableLine(raw), false);
  }
});

test('a forwarded message that every server can carry leaves to the byte', () => {
  const message = forwarded(
    '<a href="http://x.test/">x</a>',
    'Content-Type: text/html',
    'Subject: Gr=?x',
    'X:  y',
  );

  assert.ok(
    copyOf(mixed(message, part(['Content-Type: text/plain; charset=utf-8'], 'Grüße'))).body.includes(message),
  );
});

test('parts of a forwarded message in a forwarded message are encoded each by itself, signed ones left', () => {
  const inner = `Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n${part(['Content-Type: text/plain; charset=utf-8'], 'Grüße aus dem Inneren')}--i\r\n${part(['Content-Type: multipart/signed; boundary=s'], '--s\r\n\r\nGröße\r\n--s--')}--i--`;
  const raw = mixed(
    `Content-Type: message/rfc822\r\n\r\nSubject: 1\r\nContent-Type: message/rfc822\r\n\r\nFrom x Mon\r\nSubject: 2\r\n${inner}\r\n`,
  );

  const { body } = copyOf(raw);

  assert.match(body, /\r\nR3LDvMOfZSBhdXMgZGVtIElubmVyZW4=\r\n/);
  assert.ok(body.includes(utf8('--s\r\n\r\nGröße\r\n--s--')));
  assert.match(body, /From x Mon\r\nSubject: 2\r\n/);
});

test('messages in messages without end are one part that is left alone', () => {
  const raw = mixed('Content-Type: message/rfc822\r\n\r\n'.repeat(1_100));
  assert.ok(copyOf(raw).body.includes('Content-Type: message/rfc822\r\n\r\n'.repeat(1_100).slice(0, -2)));
});

test('S11: a long line is unsendable in a part that is signed or damaged, and nowhere else', () => {
  const long = 'x'.repeat(999);
  const signed = (content: string): string =>
    part(['Content-Type: multipart/signed; boundary=s'], `--s\r\n\r\n${content}\r\n--s--`);

  assert.equal(hasUnsendableLine(mixed(signed(long))), true);
  assert.equal(
    hasUnsendableLine(
      mixed(forwarded(`--s\r\n\r\n${long}\r\n--s--`, 'Content-Type: multipart/signed; boundary=s')),
    ),
    true,
  );
  assert.equal(hasUnsendableLine(mixed(`no colon\r\n\r\n${long}\r\n`)), true);
  assert.equal(hasUnsendableLine(mixed(signed('short'), part(['Content-Type: text/plain'], long))), false);
  assert.equal(hasUnsendableLine(mixed(signed('x'.repeat(998)))), false);
});

test('format=flowed keeps its blanks at line ends, whether it is encoded or not', async () => {
  const flowed = 'One \r\nflows \r\n-- \r\nSig\t\r\n \r\n\t\r\n.\r\n..a';
  const fields = ['Content-Type: text/plain; charset=utf-8; format=flowed'];

  assert.ok(copyOf(mixed(part(fields, flowed))).body.includes(`\r\n\r\n${flowed}\r\n`));
  const copy = copyOf(mixed(part([...fields, 'Content-Transfer-Encoding: 8bit'], `ü ${flowed}`))).body;
  assert.match(copy, /=C3=BC One=20\r\nflows=20\r\n=2D=2D=20\r\nSig=09\r\n=20\r\n=09\r\n=2E\r\n=2E\.a\r\n/);
});
