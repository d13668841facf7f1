import { decodeBytes } from '../header/decode-bytes.ts';

/** How the bytes of an HTML part are read so that its tags can be found, and written again without changing others. */
export type HtmlCharset = Readonly<{
  /** Of the same length as what `toBytes` takes; undefined where the bytes are not what the charset says. */
  toText: (bytes: string) => string | undefined;
  /** What the tokenizer reads: `text`, with what only looks like a tag hidden behind as many letters. */
  mask: (text: string) => string;
  toBytes: (text: string) => string;
  /** The characters of an attribute's value. */
  decodeValue: (value: string) => string;
}>;

const asIs = (text: string): string => text;

/**
 * The way to read HTML in a charset, or undefined where it cannot be changed safely.
 *
 * Nearly all charsets hold ASCII as itself: there only ASCII is looked for and written, and every other byte stays, known
 * charset or not. ISO-2022 switches to bytes that look like ASCII, so those are hidden; UTF-16 is decoded. UTF-7, UTF-32,
 * HZ and EBCDIC are left alone.
 */
export function htmlCharsetOf(name: string | undefined): HtmlCharset | undefined {
  const label = (name ?? 'utf-8').trim().toLowerCase();
  if (
    /^(?:unicode-1-1-)?utf-?7|^(?:utf|ucs)-?(?:32|4)|^hz|ebcdic|^(?:cp|ibm)-?(?:037|1047|1140|500)$/.test(
      label,
    )
  )
    return undefined;
  if (/^(?:utf-?16|ucs-?2|unicode)/.test(label)) return utf16(label);
  const mask = /^(?:cs)?iso-?2022/.test(label) ? maskShifted : asIs;
  const decodeValue = (value: string): string => decodeBytes(value, label);
  return { toText: asIs, toBytes: asIs, mask, decodeValue };
}

/** Between `ESC $ …` and `ESC ( B` (or J) stand characters of two bytes, each of which may look like `<` (RFC 1468). */
function maskShifted(text: string): string {
  return text
    .split('\u001b')
    .map((piece, index) => (index > 0 && piece.startsWith('$') ? 'x'.repeat(piece.length) : piece))
    .join('\u001b');
}

function utf16(label: string): HtmlCharset {
  const isMarkedBig = (bytes: string): boolean => bytes.startsWith('\xfe\xff');
  let isBig = label.endsWith('be');
  return {
    toText: (bytes) => {
      if (bytes.length % 2 !== 0) return undefined;
      isBig = isMarkedBig(bytes) || (isBig && !bytes.startsWith('\xff\xfe'));
      const buffer = Buffer.from(bytes, 'latin1');
      return (isBig ? buffer.swap16() : buffer).toString('utf16le');
    },
    mask: asIs,
    toBytes: (text) => {
      const buffer = Buffer.from(text, 'utf16le');
      return (isBig ? buffer.swap16() : buffer).toString('latin1');
    },
    decodeValue: asIs,
  };
}
