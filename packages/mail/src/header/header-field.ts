import { encodeHeaderText } from './header-text.ts';

/** A field that is not one of those Posthorn writes itself. */
export type HeaderField = Readonly<{ name: string; value: string }>;

/** Why a header an author or caller asked for is refused. */
export type HeaderProblem = 'name_invalid' | 'name_reserved' | 'control_character' | 'too_long';

/** Longest value of a header accepted from outside, in characters. */
export const maxHeaderValueLength = 4_096;

/** Set by Posthorn alone; a caller that could set them could forge or break a message (row H02). */
const reservedNames = new Set([
  ...['from', 'sender', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'date', 'message-id', 'return-path'],
  ...['received', 'dkim-signature', 'authentication-results', 'mime-version'],
]);
const ownPrefix = 'x-posthorn-';
const reservedPrefixes = ['content-', 'resent-', 'arc-', ownPrefix] as const;

/**
 * Says what is wrong with a header from outside, or null: the name's syntax (RFC 5322, section 2.2, at most
 * 76 characters), names that are Posthorn's own (row H02), CR, LF, NUL and other controls (row H01), length.
 */
export function findHeaderProblem({ name, value }: HeaderField): HeaderProblem | null {
  if (!isFieldName(name)) return 'name_invalid';
  if (isReservedName(name)) return 'name_reserved';
  if (/[\p{Cc}\u2028\u2029]/u.test(value) || !value.isWellFormed()) return 'control_character';
  return value.length > maxHeaderValueLength ? 'too_long' : null;
}

/** Tells whether a header of this name is written by Posthorn and by nobody else. */
export function isReservedName(name: string): boolean {
  const lower = name.toLowerCase();
  return reservedNames.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix));
}

/** Tells whether the name is one of `X-Posthorn-…`: for us to add, for nobody else. */
export function isOwnName(name: string): boolean {
  return name.toLowerCase().startsWith(ownPrefix);
}

/** Writes one whole unstructured field, folded and encoded, with its final CRLF. */
export function formatField(name: string, text: string): string {
  return `${name}: ${encodeHeaderText(text, name.length + 2)}\r\n`;
}

/** Printable ASCII without space and colon. */
function isFieldName(name: string): boolean {
  return name.length <= 76 && /^[!-9;-~]+$/.test(name);
}
