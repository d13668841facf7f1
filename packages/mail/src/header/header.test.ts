import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { formatMailbox } from '../address/format-mailbox.ts';
import { formatDate } from './date.ts';
import { findHeaderProblem } from './header-field.ts';
import { cleanHeaderText, encodeHeaderText } from './header-text.ts';
import { encodeParameter, withParameters } from './parameter.ts';

test('text of any kind reads back the same, its lines at most 76 characters, its encoded words at most 75', async () => {
  const words = fc.array(
    fc.constantFrom(
      'word',
      ' ',
      '  ',
      'é',
      '日本語',
      '🎉',
      '=?',
      '?=',
      '_',
      '=',
      '\t',
      '\r\n',
      'x'.repeat(40),
    ),
  );

  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        words.map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      async (text) => {
        const encoded = encodeHeaderText(text, 'Subject: '.length);

        assert.equal(await decode(encoded), cleanHeaderText(text));
        assert.match(encoded, /^(?:[ -~]|\r\n (?=[ ]*[^ ]))*$/);
        assert.ok((encoded.match(/=\?UTF-8\?[BQ]\?[^?]*\?=/g) ?? []).every((word) => word.length <= 75));
      },
    ),
    { numRuns: 500 },
  );
});

test('an encoded word never splits a character', async () => {
  const words = encodeHeaderText('🎉é日'.repeat(40), 9).split('\r\n ');

  assert.ok(words.length > 3);
  for (const word of words) assert.ok(!(await decode(word)).includes('\ufffd'));
});

test('mostly ASCII text is written as Q, other scripts as B', () => {
  assert.equal(encodeHeaderText('Ihre Rechnung für März', 9), '=?UTF-8?Q?Ihre_Rechnung_f=C3=BCr_M=C3=A4rz?=');
  assert.match(encodeHeaderText('日本語の件名', 9), /^=\?UTF-8\?B\?/);
});

test('H01: CR, LF, NUL and separators become a space', () => {
  assert.equal(cleanHeaderText(' a\r\nBcc: b\0c\u2028d\u0085e '), 'a Bcc: b c d e');
});

test('a name is written bare, quoted or encoded, as it needs', () => {
  const write = (name: string): string => formatMailbox({ name, address: 'a@example.com' }, 6);

  assert.equal(write(''), 'a@example.com');
  assert.equal(write('Ada Lovelace'), 'Ada Lovelace <a@example.com>');
  assert.equal(write('Acme, "Inc"'), '"Acme, \\"Inc\\"" <a@example.com>');
  assert.equal(write('Grüße'), '=?UTF-8?B?R3LDvMOfZQ==?= <a@example.com>');
  assert.equal(write('=?UTF-8?Q?x?='), '=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?= <a@example.com>');
});

test('parameters are tokens, quoted strings, or RFC 2231 in continuations', () => {
  assert.deepEqual(encodeParameter('filename', 'a.pdf'), ['filename=a.pdf']);
  assert.deepEqual(encodeParameter('filename', 'a "b".pdf'), ['filename="a \\"b\\".pdf"']);
  assert.deepEqual(encodeParameter('filename', 'ä.pdf'), ["filename*=utf-8''%C3%A4.pdf"]);
  const long = encodeParameter('filename', `${'ä'.repeat(30)}.pdf`);
  assert.ok(long.length > 3 && long.every((piece, index) => piece.startsWith(`filename*${index}*=`)));
  assert.ok(
    withParameters('attachment', { filename: 'ä'.repeat(100) }, 21)
      .split('\r\n')
      .every((line) => line.length <= 78),
  );
});

test('a date is written as RFC 5322 has it', () => {
  assert.equal(formatDate(Date.UTC(2026, 0, 4, 5, 6, 7, 999)), 'Sun, 4 Jan 2026 05:06:07 +0000');
  assert.equal(new Date(formatDate(1_764_000_000_000)).getTime(), 1_764_000_000_000);
});

test('H01, H02: headers from outside are checked by name and value', () => {
  assert.equal(findHeaderProblem({ name: 'X-Order', value: 'a ü 🎉' }), null);
  for (const name of ['', 'X A', 'X:A', 'X\r\nB', 'Ü', 'X\0', 'x'.repeat(77)]) {
    assert.equal(findHeaderProblem({ name, value: 'a' }), 'name_invalid', JSON.stringify(name));
  }
  for (const name of [
    'bcc',
    'Received',
    'DKIM-Signature',
    'Return-Path',
    'Sender',
    'CONTENT-Type',
    'X-Posthorn-Loop',
    'From',
  ]) {
    assert.equal(findHeaderProblem({ name, value: 'a' }), 'name_reserved');
  }
  for (const value of ['a\rb', 'a\nb', 'a\0', '\u2028', '\ud800']) {
    assert.equal(findHeaderProblem({ name: 'X-A', value }), 'control_character');
  }
  assert.equal(findHeaderProblem({ name: 'X-A', value: 'a'.repeat(4_097) }), 'too_long');
});

async function decode(encoded: string): Promise<string> {
  const { subject } = await simpleParser(`Subject: ${encoded}\r\n\r\n`);
  return subject ?? '';
}
