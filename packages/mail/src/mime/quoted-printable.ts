const cr = 13;
const lf = 10;
const tab = 9;
const space = 32;
const equals = 61;
const hex = Buffer.from('0123456789ABCDEF');

/** Longest encoded line without the `=` of a soft line break (RFC 2045, section 6.7, rule 5). */
const maxColumn = 75;

/**
 * Encodes bytes as quoted-printable (RFC 2045, section 6.7), lines of at most 76 characters, ASCII.
 *
 * CRLF in the input are the line ends of the text. A dot or `From ` at the start of a line is encoded too:
 * what relays and mailbox files change would break the signature.
 */
export function encodeQuotedPrintable(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(bytes.length * 3 + Math.ceil((bytes.length * 3) / (maxColumn - 2)) * 3 + 3);
  let length = 0;
  let column = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    const next = bytes[index + 1] ?? cr;
    if (byte === cr && next === lf) {
      length = writeBreak(out, length);
      column = 0;
      index += 1;
      continue;
    }
    const width = isBare(byte, next, column) ? 1 : 3;
    if (column + width > maxColumn) {
      out[length] = equals;
      length = writeBreak(out, length + 1);
      column = 0;
    }
    length = width === 1 ? writeBare(out, length, byte) : writeEscaped(out, length, byte);
    column += width;
  }
  return out.toString('latin1', 0, length);
}

function isBare(byte: number, next: number, column: number): boolean {
  if (column === 0 && (byte === 46 || (byte === 70 && next === 114))) return false;
  if (byte === space || byte === tab) return next !== cr;
  return byte > space && byte < 127 && byte !== equals;
}

function writeBreak(out: Uint8Array, at: number): number {
  out[at] = cr;
  out[at + 1] = lf;
  return at + 2;
}

function writeBare(out: Uint8Array, at: number, byte: number): number {
  out[at] = byte;
  return at + 1;
}

function writeEscaped(out: Uint8Array, at: number, byte: number): number {
  out[at] = equals;
  out[at + 1] = hex[byte >> 4] ?? 0;
  out[at + 2] = hex[byte & 15] ?? 0;
  return at + 3;
}
