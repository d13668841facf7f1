import { headerFields } from './header-scan.ts';
import type { MailPeek } from './stored-mail.ts';

/** What of a message's structure is looked at; the rest is left to the full parser. */
const partsMax = 200;
const depthMax = 10;
const snippetLengthMax = 250;

type Part = {
  type: string;
  charset: string;
  encoding: string;
  isAttachment: boolean;
  boundary: string;
  body: Buffer;
};

/** The start of a message's text and the number of its attachments, without a full parse. */
export function peekMail(raw: Buffer): MailPeek {
  const parts = leavesOf(raw);
  return {
    snippet: snippetOf(parts),
    attachments: parts.filter((part) => part.isAttachment).length,
  };
}

/** The readable text of a message for a search: that of its text part and of its HTML, without the tags. */
export function searchableText(raw: Buffer): string {
  const bodies = leavesOf(raw).filter(isReadable);
  return bodies.map((part) => readableText(part, Number.POSITIVE_INFINITY)).join(' ');
}

function snippetOf(parts: readonly Part[]): string {
  const bodies = parts.filter(isReadable);
  // HTML first, as Mailpit does: what a person sees in the message.
  const shown =
    bodies.find((part) => part.type === 'text/html') ?? bodies.find((part) => part.type === 'text/plain');
  return shown ? readableText(shown, 16_384).slice(0, snippetLengthMax).trim() : '';
}

function isReadable({ type, isAttachment }: Part): boolean {
  return !isAttachment && (type === 'text/html' || type === 'text/plain');
}

/** The words of a text part, one space between them; invisible filler, such as preview texts are padded with, is left out. */
function readableText(part: Part, bytesMax: number): string {
  const text = decodeBody(part, bytesMax);
  const words = part.type === 'text/html' ? withoutTags(text) : text;
  return words.replace(/(?:[\s\u00ad\u200b\u200c\ufeff]|\u034f|\u200d)+/g, ' ').trim();
}

function leavesOf(raw: Buffer): Part[] {
  const leaves: Part[] = [];
  const stack: { bytes: Buffer; depth: number }[] = [{ bytes: raw, depth: 0 }];
  for (let next = stack.pop(); next && leaves.length < partsMax; next = stack.pop()) {
    const { bytes, depth } = next;
    const part = readPart(bytes);
    if (!part.boundary || depth >= depthMax) leaves.push(part);
    else
      stack.push(
        ...childrenOf(part)
          .reverse()
          .map((child) => ({ bytes: child, depth: depth + 1 })),
      );
  }
  return leaves;
}

function readPart(bytes: Buffer): Part {
  let contentType = 'text/plain';
  let encoding = '';
  let disposition = '';
  for (const { name, value } of headerFields(bytes)) {
    const key = name.toLowerCase();
    if (key === 'content-type') contentType = value;
    else if (key === 'content-transfer-encoding') encoding = value.toLowerCase();
    else if (key === 'content-disposition') disposition = value.toLowerCase();
  }
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  const isText = type === 'text/plain' || type === 'text/html';
  return {
    type,
    encoding,
    charset: parameter(contentType, 'charset'),
    boundary: type.startsWith('multipart/') ? parameter(contentType, 'boundary') : '',
    isAttachment:
      disposition.startsWith('attachment') ||
      (!isText && !disposition.startsWith('inline') && !type.startsWith('multipart/')),
    body: bytes.subarray(bodyStart(bytes)),
  };
}

function bodyStart(bytes: Buffer): number {
  if (bytes[0] === 0x0a) return 1;
  if (bytes[0] === 0x0d && bytes[1] === 0x0a) return 2;
  const crlf = bytes.indexOf('\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 3;
  return lf >= 0 ? lf + 2 : bytes.length;
}

/** The parts between the delimiter lines of a multipart (RFC 2046, section 5.1.1). */
function childrenOf({ body, boundary }: Part): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const children: Buffer[] = [];
  let start = -1;
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    const lineEnd = body.indexOf(0x0a, at);
    const rest = body.toString('latin1', at + delimiter.length, lineEnd < 0 ? body.length : lineEnd);
    const isDelimiter = (at === 0 || body[at - 1] === 0x0a) && /^(--)?[ \t]*\r?$/.test(rest.slice(0, 80));
    if (!isDelimiter) continue;
    if (start >= 0) children.push(body.subarray(start, at));
    if (rest.startsWith('--') || lineEnd < 0 || children.length >= partsMax) return children;
    start = lineEnd + 1;
  }
  if (start >= 0) children.push(body.subarray(start));
  return children;
}

function parameter(value: string, name: string): string {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(value);
  return match?.[1] ?? match?.[2] ?? '';
}

function decodeBody({ body, encoding, charset }: Part, bytesMax: number): string {
  const taken = body.subarray(0, bytesMax);
  if (encoding === 'base64') return decodeCharset(Buffer.from(taken.toString('latin1'), 'base64'), charset);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(taken, charset);
  return decodeCharset(taken, charset);
}

function decodeQuotedPrintable(bytes: Buffer, charset: string): string {
  const unescaped = bytes
    .toString('latin1')
    .replace(/=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return decodeCharset(Buffer.from(unescaped, 'latin1'), charset);
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset || 'utf-8').decode(bytes);
  } catch {
    // A charset nobody knows: the ASCII in it is still readable.
    return bytes.toString('latin1');
  }
}

function withoutTags(html: string): string {
  return html
    .replace(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replace(/<(style|script|head|title)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^>]*(?:>|$)/g, ' ')
    .replace(/&(nbsp|amp|lt|gt|quot|zwnj|#39|#x27);/g, (_, name: string) => entities[name] ?? ' ');
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
};
