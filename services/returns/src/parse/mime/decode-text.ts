import { parseLimits } from '../parse-limits.ts';
import { decodeCharset } from './charset.ts';
import { fieldOf } from './header-fields.ts';
import type { MimePart } from './mime-part.ts';
import { parseParameters } from './parameters.ts';

/** Returns the text of a part with its transfer encoding and charset undone and LF line ends, at most 64 KiB of it. */
export function decodeText(part: MimePart): string {
  const bytes = decodeTransfer(part);
  const text = decodeCharset(bytes, parseParameters(part.contentType).get('charset') ?? 'utf-8');
  return text.slice(0, parseLimits.textBytesMax).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

/** Returns the rough text of an HTML page: without tags, with blocks on lines of their own. */
export function textOfHtml(html: string): string {
  return ['style', 'script', 'head']
    .reduce(withoutElement, html)
    .replace(/<(?:br|p|div|tr|li|h\d)\b[^>]{0,2000}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, ' ')
    .replace(/&(?:nbsp|#160|#xa0);/gi, ' ')
    .replace(/&(?:quot|#34);/gi, '"')
    .replace(/&#(?:39|x27);/gi, "'")
    .replaceAll('&#64;', '@')
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

/** Takes each element of one name out with what is in it, in one pass. */
function withoutElement(html: string, name: string): string {
  const kept: string[] = [];
  let from = 0;
  for (const { index } of html.matchAll(new RegExp(`<${name}[\\s>]`, 'gi'))) {
    if (index < from) continue;
    const end = html.indexOf(`</${name}`, index);
    if (end === -1) break;
    kept.push(html.slice(from, index));
    from = end;
  }
  return [...kept, html.slice(from)].join(' ');
}
