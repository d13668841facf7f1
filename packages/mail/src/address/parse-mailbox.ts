import { toAsciiDomain } from './domain.ts';
import type { Mailbox } from './mailbox.ts';

/** Why a mailbox was refused; safe to show to the caller, holds nothing of the input. */
export type MailboxProblem =
  | 'empty'
  | 'too_long'
  | 'control_character'
  | 'syntax'
  | 'name_syntax'
  | 'local_part_syntax'
  | 'local_part_too_long'
  | 'domain_syntax'
  | 'address_too_long';

export type ParsedMailbox =
  | Readonly<{ kind: 'mailbox'; mailbox: Mailbox }>
  | Readonly<{ kind: 'invalid'; problem: MailboxProblem }>;

/** Longest `Name <address>` read, in characters. */
export const maxMailboxLength = 1_000;
/** Limits in bytes: RFC 5321, section 4.5.3.1.1; an address is a path of 256 without its angle brackets. */
const maxLocalPartBytes = 64;
const maxAddressBytes = 254;

/** Controls, line separators, and the bidirectional overrides that make an address read as another. */
const forbidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;
/** The atext of RFC 5322, section 3.2.3, with RFC 6531's non-ASCII; invisible characters stay out. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~\-\P{ASCII}]+(?:\.[\w!#$%&'*+/=?^`{|}~\-\P{ASCII}]+)*$/u;
const invisible = /[\p{Cf}\p{Z}\p{Cn}\p{Co}]/u;
/** Quoted-string of RFC 5321, section 4.1.2. */
const quotedLocalPart = /^"(?:[ !#-[\]-~\P{ASCII}]|\\[ -~])*"$/u;
const quotedWord = /^"((?:[^"\\]|\\.)*)"$/u;
/** A phrase of atoms as people write them (`John Q. Public`); the specials of RFC 5322, section 3.2.3, need quotes. */
const bareName = /^[^"<>()[\]:;@\\,]*$/u;

/**
 * Parses exactly one mailbox, `Name <local@domain>` or `local@domain` (RFC 5322, section 3.4, and RFC 6531).
 *
 * Strict where parsers are known to disagree, since that is how one address is checked and another one mailed
 * (row H03): no groups, lists, comments, source routes, address literals, encoded words inside the address,
 * or unquoted specials in the name. Quoted local parts are kept verbatim. An encoded word in the name is
 * taken as literal text. Takes time linear in the input and never throws.
 */
export function parseMailbox(text: string): ParsedMailbox {
  if (text.length > maxMailboxLength) return invalid('too_long');
  if (forbidden.test(text) || !text.isWellFormed()) return invalid('control_character');

  const trimmed = text.trim();
  if (trimmed === '') return invalid('empty');
  if (!trimmed.endsWith('>')) return parseAddress('', trimmed);

  const open = openingBracket(trimmed);
  if (open < 0) return invalid('syntax');
  const name = parseName(trimmed.slice(0, open).trim());
  return name === null ? invalid('name_syntax') : parseAddress(name, trimmed.slice(open + 1, -1));
}

/** The bracket that opens the address: behind the name, whose quotes may hold brackets too. */
function openingBracket(text: string): number {
  const nameEnd = text.startsWith('"') ? closingQuote(text) + 1 : 0;
  return text.indexOf('<', nameEnd);
}

/** Index of the quote that closes the quoted string at the start, or of the text's end. */
function closingQuote(text: string): number {
  for (let index = 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index;
  }
  return text.length;
}

function parseName(phrase: string): string | null {
  const quoted = quotedWord.exec(phrase)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/gu, '$1').trim();
  return bareName.test(phrase) ? phrase : null;
}

function parseAddress(name: string, address: string): ParsedMailbox {
  const at = address.lastIndexOf('@');
  if (at < 0) return invalid('syntax');

  const localPart = address.slice(0, at);
  if (Buffer.byteLength(localPart) > maxLocalPartBytes) return invalid('local_part_too_long');
  if (!isLocalPart(localPart)) return invalid('local_part_syntax');

  const domain = toAsciiDomain(address.slice(at + 1));
  if (domain === null) return invalid('domain_syntax');
  const whole = `${localPart}@${domain}`;
  if (Buffer.byteLength(whole) > maxAddressBytes) return invalid('address_too_long');
  return { kind: 'mailbox', mailbox: { name, address: whole, localPart, domain } };
}

function isLocalPart(localPart: string): boolean {
  if (localPart.startsWith('"')) return quotedLocalPart.test(localPart) && !isEncodedWord(localPart);
  return dotAtom.test(localPart) && !invisible.test(localPart) && !isEncodedWord(localPart);
}

const isEncodedWord = (text: string): boolean => text.includes('=?') && text.includes('?=');
const invalid = (problem: MailboxProblem): ParsedMailbox => ({ kind: 'invalid', problem });
