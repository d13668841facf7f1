import { fieldOf, parameterOf } from './header-fields.ts';
import type { MimePart } from './mime-part.ts';
import { parseLimits } from './parse-limits.ts';

/** The text of a part, its transfer encoding and charset undone, lines ended by LF; at most 64 KiB of it. */
export function decodeText(part: MimePart): string {
  const bytes = decodeTransfer(part);
  const text = decodeCharset(bytes, parameterOf(part.contentType, 'charset') ?? 'utf-8');
  return text.slice(0, parseLimits.textBytesMax).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

/** The text of an HTML page, roughly: tags away, the common entities undone, blocks on lines of their own. */
export function textOfHtml(html: string): string {
  return html
    .replace(/<(?:style|script|head)\b[^>]{0,500}>[\s\S]{0,20000}?<\/(?:style|script|head)>/gi, ' ')
    .replace(/<(?:br|p|div|tr|li|h\d)\b[^>]{0,2000}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Twice the limit at most, since base64 and quoted-printable shrink (RFC 2045, section 6). */
function decodeTransfer({ fields, body }: MimePart): Buffer {
  const taken = body.slice(0, 3 * parseLimits.textBytesMax);
  const encoding = fieldOf(fields, 'content-transfer-encoding').toLowerCase();
  if (encoding === 'base64') return Buffer.from(taken, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(taken, 'latin1');
  const text = taken
    .replace(/=[ \t]{0,100}\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

/** A charset that there is not is read as latin1, which every byte fits. */
function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
