import { decodeCharset } from './charset.ts';

/** Longest text whose encoded words are undone. */
const readMax = 1_000;

/** Undoes the encoded words of a field (RFC 2047), at most 1,000 characters of it. Blanks between two of them go away. */
export function decodeWords(text: string): string {
  return text
    .slice(0, readMax)
    .replace(/(\?=)\s{1,20}(?==\?)/g, '$1')
    .replace(
      /=\?([\w-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,400})\?=/gi,
      (_, charset: string, kind: string, word: string) => decodeCharset(bytesOf(kind, word), charset),
    );
}

function bytesOf(kind: string, word: string): Buffer {
  if (kind.toLowerCase() === 'b') return Buffer.from(word, 'base64');
  const text = word
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
