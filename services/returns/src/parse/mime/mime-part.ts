import { OverLimit, parseLimits } from '../parse-limits.ts';
import { fieldOf, type HeaderFields, parseHeaderFields } from './header-fields.ts';
import { parseParameters } from './parameters.ts';

/** One part of a message. Bodies are as they came, a character a byte; messages inside are not opened. */
export type MimePart = Readonly<{
  fields: HeaderFields;
  /** In lower case, without parameters; `text/plain` where none is given (RFC 2045, section 5.2). */
  type: string;
  contentType: string;
  body: string;
  parts: readonly MimePart[];
}>;

type Budget = { parts: number };

/**
 * Takes a message apart (RFC 2046, section 5.1), within the limits; throws `OverLimit` past one.
 *
 * Forgiving otherwise: an end without its delimiter, line ends of LF alone, or a boundary used twice all give parts.
 */
export function parseMime(raw: string): MimePart {
  return parsePart(raw, 1, { parts: 0 });
}

/** Every part, depth first, the message itself first. */
export function allParts(part: MimePart): MimePart[] {
  return [part, ...part.parts.flatMap(allParts)];
}

/** The header of a message inside a part, or of one that was cut to its header (RFC 6522, section 4). */
export function headerBlockOf(text: string): string {
  const end = endOfHeader(text);
  if (end.header > parseLimits.headerBytesMax) throw new OverLimit('a header is too long');
  return text.slice(0, end.header);
}

function parsePart(text: string, depth: number, budget: Budget): MimePart {
  budget.parts += 1;
  if (depth > parseLimits.depthMax) throw new OverLimit('parts are nested too deep');
  if (budget.parts > parseLimits.partsMax) throw new OverLimit('there are too many parts');

  const { header, body } = depth > 1 && !beginsWithField(text) ? { header: 0, body: 0 } : endOfHeader(text);
  if (header > parseLimits.headerBytesMax) throw new OverLimit('a header is too long');
  const fields = parseHeaderFields(text.slice(0, header));
  const contentType = fieldOf(fields, 'content-type');
  const type = /^[^;(\s]{1,100}/.exec(contentType)?.[0].toLowerCase() ?? 'text/plain';
  const content = text.slice(body);
  const boundary = type.startsWith('multipart/') ? parseParameters(contentType).get('boundary') : undefined;
  const pieces = !boundary ? [] : piecesOf(content, boundary, parseLimits.partsMax);
  const parts = pieces.map((piece) => parsePart(piece, depth + 1, budget));
  return { fields, type, contentType, body: content, parts };
}

/** Returns false for a part whose sender forgot the empty line before its text. */
function beginsWithField(text: string): boolean {
  return /^(?:\r?\n|[!-9;-~]{1,80}[ \t]{0,10}:)/.test(text);
}

/** Where the header ends and where the body begins: at the first empty line. */
function endOfHeader(text: string): { header: number; body: number } {
  if (text.startsWith('\r\n')) return { header: 0, body: 2 };
  if (text.startsWith('\n')) return { header: 0, body: 1 };
  const [lf, crlf] = [text.indexOf('\n\n'), text.indexOf('\n\r\n')];
  if (lf === -1 && crlf === -1) return { header: text.length, body: text.length };
  if (crlf === -1 || (lf !== -1 && lf < crlf)) return { header: lf, body: lf + 2 };
  return { header: crlf, body: crlf + 3 };
}

/** What stands between the delimiters. Throws when there are more than `max`. */
function piecesOf(content: string, boundary: string, max: number): string[] {
  const pieces: string[] = [];
  const delimiter = `\n--${boundary}`;
  let start = -1;
  let from = content.startsWith(`--${boundary}`) ? -1 : content.indexOf(delimiter);
  if (from === -1 && !content.startsWith(`--${boundary}`)) return pieces;
  for (;;) {
    const after = from + delimiter.length;
    const lineEnd = content.indexOf('\n', after);
    const rest = content
      .slice(after, lineEnd === -1 ? content.length : Math.min(lineEnd, after + 100))
      .trim();
    const isDelimiter = rest === '' || rest === '--';
    if (isDelimiter) {
      if (start !== -1) pieces.push(content.slice(start, Math.max(start, from)));
      if (pieces.length > max) throw new OverLimit('there are too many parts');
      if (rest === '--' || lineEnd === -1) return pieces;
      start = lineEnd + 1;
    }
    from = content.indexOf(delimiter, isDelimiter ? lineEnd : after);
    if (from === -1) {
      if (start !== -1) pieces.push(content.slice(start));
      return pieces;
    }
  }
}
