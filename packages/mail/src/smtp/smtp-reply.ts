/** An SMTP reply as a server sent it, made safe to store and show. */
export type SmtpReply = Readonly<{
  /** The three digits, or null where the reply is not one: no digits, or lines of different codes. */
  code: number | null;
  /** Enhanced status code, `x.y.z` (RFC 3463), where the reply has one. */
  enhanced?: string;
  /** The text of each line without codes. */
  lines: readonly string[];
  /** The whole reply with its codes on one line, at most 1,000 characters, without control characters. */
  text: string;
}>;

/** Longest text kept of a reply, in characters. */
export const maxReplyTextLength = 1_000;
/** What follows is not read: a reply of a megabyte is an attack or a fault (row F28). */
const maxReadLength = 8_192;

const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const replyLine = /^(\d{3})(?:[ -](.*))?$/;
const enhancedCode = /^[#(]?([245]\.\d{1,3}\.\d{1,3})(?![\d.])\)?[:\s]*/;
/** Anywhere else: qmail puts it behind the text, others behind a host name. Its subject is 0 to 7 (RFC 3463, section 3). */
const enhancedCodeWithin = /(?<![\w.])([245]\.[0-7]\.\d{1,3})(?!\.?\d)/;

/**
 * Parses a reply (RFC 5321, section 4.2), one line or several, from the text of the whole. Never throws:
 * what is no reply has `code: null` (row F22).
 */
export function parseReply(raw: string): SmtpReply {
  const rows = raw
    .slice(0, maxReadLength)
    .split(/\r\n|\r|\n/)
    .map((line) => line.toWellFormed().replace(unprintable, ' ').trim())
    .filter((line) => line !== '');
  const parsed = rows.map((line) => replyLine.exec(line));
  const text = rows.join(' ').slice(0, maxReplyTextLength).toWellFormed();
  const bodies = parsed.map((match, index) => (match ? (match[2] ?? '') : (rows[index] ?? '')));
  const code = codeOf(parsed);
  const enhanced = firstIn(bodies, enhancedCode) ?? enhancedWithin(bodies, code);
  const lines = bodies.map((line) => line.replace(enhancedCode, ''));
  return { code, lines, text, ...(enhanced === undefined ? {} : { enhanced }) };
}

/** All lines of a reply bear one code (RFC 5321, section 4.2.1); two codes would be two opinions. */
function codeOf(parsed: readonly (RegExpExecArray | null)[]): number | null {
  const codes = new Set(parsed.map((match) => match?.[1]).filter((code) => code !== undefined));
  const [code] = codes;
  return parsed[0] && code !== undefined && codes.size === 1 ? Number(code) : null;
}

function firstIn(lines: readonly string[], code: RegExp): string | undefined {
  return lines.map((line) => code.exec(line)?.[1]).find((found) => found !== undefined);
}

/** Inside the text only a code of the reply's own kind is one; anything else is a version or a quotation. */
function enhancedWithin(lines: readonly string[], code: number | null): string | undefined {
  const found = firstIn(lines, enhancedCodeWithin);
  return found !== undefined && found[0] === String(code)[0] ? found : undefined;
}
