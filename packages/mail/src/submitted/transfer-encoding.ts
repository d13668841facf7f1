import { encodeBase64Lines } from '../mime/base64-lines.ts';
import { encodeQuotedPrintableBytes } from '../mime/quoted-printable.ts';

/** How a part's content is written (RFC 2045, section 6); one of another name is not ours to decode. */
export type TransferEncoding = 'identity' | 'quoted-printable' | 'base64' | 'unknown';

/** Longest line a message may have, in bytes without CRLF (RFC 5322, section 2.1.1). */
export const lineBytesMax = 998;

/** Above this share of bytes that quoted-printable would triple, base64 is shorter. */
const escapedShareMax = 1 / 6;

/** Names as mail programs write them, in lower case and without anything but letters and digits. */
const knownNames: Readonly<Record<string, TransferEncoding>> = {
  ...asNames('identity', [
    '',
    '7bit',
    '7bits',
    'bit7',
    '8bit',
    '8bits',
    'bit8',
    'binary',
    'none',
    'identity',
  ]),
  ...asNames('identity', ['7', '8', 'ascii', 'usascii', 'utf8', 'plain', 'text', 'textplain']),
  ...asNames('quoted-printable', ['quotedprintable', 'quoteprintable', 'quotedprintible', 'quoted', 'qp']),
  ...asNames('base64', ['base64', 'b64', 'mimebase64', 'xbase64']),
};

function asNames(encoding: TransferEncoding, names: readonly string[]): Record<string, TransferEncoding> {
  return Object.fromEntries(names.map((name) => [name, encoding]));
}

/**
 * What Content-Transfer-Encoding says, however it is spelled (`8-bit`, `quoted_printable`, `"base64";`), since readers take
 * it so too; 7bit where there is none.
 */
export function transferEncodingOf(value: string | undefined): TransferEncoding {
  const name = withoutExtras(value ?? '').replace(/[^a-z0-9]/g, '');
  return Object.hasOwn(knownNames, name) ? (knownNames[name] ?? 'unknown') : 'unknown';
}

/** The name as RFC 2045 spells it where the value is another spelling of one, else undefined. */
export function correctedEncoding(value: string | undefined): string | undefined {
  if (value === undefined || exactNames.test(value.replace(/\([^()]*\)/g, '').trim())) return undefined;
  const encoding = transferEncodingOf(value);
  if (encoding === 'unknown') return undefined;
  return encoding === 'identity' ? '7bit' : encoding;
}

const exactNames = /^(?:7bit|8bit|binary|base64|quoted-printable)$/i;

/** In lower case, without comments and whatever follows a semicolon or comma. */
function withoutExtras(value: string): string {
  return value
    .toLowerCase()
    .replace(/\([^()]*\)/g, '')
    .replace(/[;,].*$/s, '');
}

/**
 * The bytes that an encoded content stands for, a character a byte. What is wrongly encoded is kept or left out, as readers
 * do; undefined where they would not agree: base64 that goes on behind its end.
 */
export function decodeContent(content: string, encoding: TransferEncoding): string | undefined {
  if (encoding === 'base64') return decodeBase64(content);
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(content) : content;
}

/**
 * Writes bytes for a part: ASCII, CRLF line ends, no line longer than 998 bytes. Base64 and quoted-printable stay what
 * they were; anything else is 7bit while it can be, else whichever of the two is shorter.
 */
export function encodeContent(
  bytes: string,
  was: TransferEncoding,
): { encoding: '7bit' | 'quoted-printable' | 'base64'; content: string } {
  if (was === 'identity' && isSafeText(bytes)) return { encoding: '7bit', content: bytes };
  const isQuoted =
    was === 'quoted-printable' || (was === 'identity' && escapedShare(bytes) < escapedShareMax);
  return isQuoted
    ? { encoding: 'quoted-printable', content: encodeQuotedPrintableBytes(bytes) }
    : { encoding: 'base64', content: encodeBase64Lines(Buffer.from(bytes, 'latin1')) };
}

/** Whether text can travel as it is: ASCII without NUL, lines that end with CRLF and are at most 998 bytes long. */
export function isSafeText(bytes: string): boolean {
  return isAscii(bytes) && !hasLongLine(bytes) && !/\0|\r(?!\n)|(?<!\r)\n/.test(bytes);
}

/** Whether every byte is below 128. */
export function isAscii(bytes: string): boolean {
  return Buffer.byteLength(bytes) === bytes.length;
}

/** Whether a line is longer than 998 bytes. Looks at one position in 998, so it costs next to nothing. */
export function hasLongLine(bytes: string): boolean {
  let start = 0;
  while (bytes.length - start > lineBytesMax) {
    const end = bytes.lastIndexOf('\r\n', start + lineBytesMax);
    if (end < start) return true;
    start = end + 2;
  }
  return false;
}

/** Base64 that goes on behind its end, in short lines: what readers skip is left out, so that they still see the same. */
export function rewrapBase64(content: string): string {
  const characters = content.replace(/[^A-Za-z0-9+/=]/g, '');
  return (characters.match(/.{1,76}/g) ?? []).join('\r\n');
}

function decodeBase64(content: string): string | undefined {
  const padding = content.indexOf('=');
  const isWhole = padding === -1 || !/[^=\s]/.test(content.slice(padding));
  return isWhole ? Buffer.from(content, 'base64').toString('latin1') : undefined;
}

/** RFC 2045, section 6.7. Blanks at a line's end were added on the way; an escape that is none stays as it stands. */
function decodeQuotedPrintable(content: string): string {
  if (!content.includes('=') && !/[ \t]\r\n/.test(content)) return content;
  const lines = content.split('\r\n');
  const last = lines.length - 1;
  const joined = lines.map((line, index) => {
    const text = withoutEndBlanks(line);
    if (text.endsWith('=')) return text.slice(0, -1);
    return index === last ? text : `${text}\r\n`;
  });
  return joined
    .join('')
    .replace(/=([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Not by `trimEnd`, which takes the byte A0 for a blank, nor by a regular expression, which is slow on many blanks. */
function withoutEndBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}

function escapedShare(bytes: string): number {
  const escaped = bytes.length - bytes.replace(/[^\t\r\n -<>-~]/g, '').length;
  return escaped / Math.max(1, bytes.length);
}
