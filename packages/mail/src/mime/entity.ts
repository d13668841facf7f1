import { encodeText } from './text-encoding.ts';

/**
 * One MIME entity: its Content-* fields, each with its CRLF, and its encoded body, which ends with CRLF.
 * Within a multipart that last CRLF belongs to the boundary (RFC 2046, section 5.1.1).
 */
export type Entity = Readonly<{ fields: string; body: string }>;

/** Makes a text part in UTF-8, in the encoding `encodeText` chooses. */
export function textEntity(subtype: 'plain' | 'html', text: string): Entity {
  const { encoding, content } = encodeText(text);
  return {
    fields: `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`,
    body: `${content}\r\n`,
  };
}

/** Joins entities in a multipart; one entity alone stays as it is. */
export function multipartEntity(
  subtype: MultipartSubtype,
  children: readonly Entity[],
  seed: string,
): Entity {
  const [first, second] = children;
  if (first !== undefined && second === undefined) return first;

  const boundary = `=_${subtype}-${seed}`;
  const type = subtype === 'related' ? relatedType(first) : '';
  const parts = children.map(({ fields, body }) => `--${boundary}\r\n${fields}\r\n${body}`);
  return {
    fields: `Content-Type: multipart/${subtype};${type}\r\n boundary="${boundary}"\r\n`,
    body: `${parts.join('')}--${boundary}--\r\n`,
  };
}

type MultipartSubtype = 'mixed' | 'related' | 'alternative';

/**
 * Makes of any seed what may stand in a boundary (RFC 2046, section 5.1.1, at most 70 characters).
 * The `=_` before it can occur neither in base64 nor in quoted-printable; `encodeText` keeps it out of 7bit.
 */
export function boundarySeedOf(seed: string): string {
  return seed.replace(/[^A-Za-z0-9-]/g, '').slice(0, 50);
}

/** RFC 2387, section 3.1: `related` names the type of its root. */
function relatedType(root: Entity | undefined): string {
  const type = /^Content-Type: ([a-z/]+)/.exec(root?.fields ?? '')?.[1] ?? 'text/html';
  return ` type="${type}";`;
}
