import { encodeBase64Lines } from './base64-lines.ts';
import { encodeQuotedPrintable } from './quoted-printable.ts';

/** Longest line a message may have, in bytes without CRLF (RFC 5322, section 2.1.1). */
const maxLineBytes = 998;

/** Above this share of bytes that UTF-8 adds to characters, base64 is the shorter one of the two encodings. */
const maxAddedShare = 1 / 12;

export type EncodedText = Readonly<{ encoding: '7bit' | 'quoted-printable' | 'base64'; content: string }>;

/**
 * Encodes text for a MIME part: the content is ASCII, its lines end with CRLF, none is longer than 998 bytes.
 *
 * `7bit` while the text is ASCII with short lines: free, and readable in the raw source. Else quoted-printable,
 * which leaves ASCII readable, and which filters trust more than text hidden in base64. Base64 where mostly
 * non-ASCII text (Arabic, Chinese) would triple. NUL and bare CR or LF never leave (rows S02, S11).
 */
export function encodeText(text: string): EncodedText {
  const normalized = normalizeText(text);
  const sizeBytes = Buffer.byteLength(normalized);
  if (sizeBytes === normalized.length && isSafeAsIs(normalized))
    return { encoding: '7bit', content: normalized };

  const isMostlyAscii = sizeBytes - normalized.length <= sizeBytes * maxAddedShare;
  return isMostlyAscii
    ? { encoding: 'quoted-printable', content: encodeQuotedPrintable(normalized) }
    : { encoding: 'base64', content: encodeBase64Lines(Buffer.from(normalized)) };
}

/** Makes every line end CRLF, and drops NUL, which no mail may hold (RFC 5322, section 4). */
export function normalizeText(text: string): string {
  const clean = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return clean.includes('\r') ? clean.replace(/\r\n|\r|\n/g, '\r\n') : clean.replaceAll('\n', '\r\n');
}

/**
 * A line that starts with `From ` may be changed by old mailbox formats, which breaks the signature, and
 * `--=_` starts our boundaries. Quoted-printable writes both in another way.
 */
function isSafeAsIs(text: string): boolean {
  return (
    !text.includes('--=_') && !text.startsWith('From ') && !text.includes('\nFrom ') && !hasLongLine(text)
  );
}

function hasLongLine(text: string): boolean {
  for (let start = 0; text.length - start > maxLineBytes; ) {
    const end = text.indexOf('\r\n', start);
    if (end < 0 || end - start > maxLineBytes) return true;
    start = end + 2;
  }
  return false;
}
