import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineScan } from './scan-lines.ts';

/** Every way to cut a text into two pieces, and into bytes. */
function cuts(text: string): string[][] {
  return [...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]), [...text]];
}

function problemOf(pieces: readonly string[], lineBytesMax = 1_000) {
  const scan = createLineScan({ lineBytesMax });
  for (const piece of pieces) scan.push(Buffer.from(piece, 'latin1'));
  return scan.end();
}

test('S01: bare CR, bare LF and NUL are found however the text is cut', () => {
  for (const text of ['a\nb\r\n', 'a\rb\r\n', 'a\r\r\nb', 'a\0b', '\n', 'a\r', '\r\n\n', 'a\r\n\rb\r\n'])
    for (const pieces of cuts(text)) assert.equal(problemOf(pieces), 'bare-line-end', JSON.stringify(pieces));
});

test('lines that end in CR LF are good however the text is cut', () => {
  for (const text of ['', 'a', 'a\r\n', '\r\n\r\n', 'a\r\nb\r\n.\r\n'])
    for (const pieces of cuts(text)) assert.equal(problemOf(pieces), undefined, JSON.stringify(pieces));
});

test('S11: a line over the limit is found however the text is cut, with and without its end', () => {
  for (const text of ['12345678901\r\n', '123\r\n123456789012', '12345678901\r\n1'])
    for (const pieces of cuts(text))
      assert.equal(problemOf(pieces, 11), 'line-too-long', JSON.stringify(pieces));
  for (const pieces of cuts('1234567890\r\n1234567890\r\n')) assert.equal(problemOf(pieces, 11), undefined);
});
