import { hash } from 'node:crypto';

/** A message as DKIM sees it, computed once for however many keys sign it. */
export type CanonicalMessage = Readonly<{
  /** SHA-256 of the relaxed body, base64: the `bh=` tag. */
  bodyHash: string;
  /** Relaxed fields (`name:value`) by lower-case name, from top to bottom. */
  fields: ReadonlyMap<string, readonly string[]>;
}>;

/**
 * Canonicalises a message, relaxed for header and body (RFC 6376, sections 3.4.2 and 3.4.4).
 *
 * `headers` is the block of fields, `body` what follows the empty line; both hold a character a byte (latin1)
 * and CRLF line ends.
 */
export function canonicalizeMessage(headers: string, body: string): CanonicalMessage {
  return { bodyHash: hashBody(body), fields: canonicalizeFields(headers) };
}

/** SHA-256 of the relaxed body, in base64. */
export function hashBody(body: string): string {
  return hash('sha256', Buffer.from(canonicalizeBody(body), 'latin1'), 'base64');
}

/** Runs of blanks become one space, blanks at line ends go, empty lines at the end go; what is left ends with CRLF. */
export function canonicalizeBody(body: string): string {
  const collapsed = body.replace(/[ \t]{2,}|\t/g, ' ').replaceAll(' \r\n', '\r\n');
  let end = collapsed.endsWith(' ') ? collapsed.length - 1 : collapsed.length;
  while (end >= 2 && collapsed.startsWith('\r\n', end - 2)) end -= 2;
  return end === 0 ? '' : `${collapsed.slice(0, end)}\r\n`;
}

/** One field, unfolded: lower-case name, colon, value with single spaces and none at its ends. */
export function canonicalizeField(field: string): string {
  const colon = field.indexOf(':');
  const name = field
    .slice(0, colon)
    .toLowerCase()
    .replace(/[ \t]+$/, '');
  const value = field
    .slice(colon + 1)
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ');
  const start = value.startsWith(' ') ? 1 : 0;
  return `${name}:${value.endsWith(' ') ? value.slice(start, -1) : value.slice(start)}`;
}

function canonicalizeFields(headers: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const raw of headers.split(/\r\n(?![ \t])/)) {
    if (raw === '') continue;
    const field = canonicalizeField(raw);
    const name = field.slice(0, field.indexOf(':'));
    const same = fields.get(name);
    if (same) same.push(field);
    else fields.set(name, [field]);
  }
  return fields;
}
