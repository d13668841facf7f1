import { type AddressProblem, checkAddress, maxLocalPartBytes } from './addr-spec.ts';
import type { Mailbox } from './mailbox.ts';

/** Why a mailbox was refused; safe to show to the caller, holds nothing of the input. */
export type MailboxProblem =
  | 'empty'
  | 'too_long'
  | 'control_character'
  | 'syntax'
  | 'name_syntax'
  | AddressProblem;

export type ParsedMailbox =
  | Readonly<{ kind: 'mailbox'; mailbox: Mailbox }>
  | Readonly<{ kind: 'invalid'; problem: MailboxProblem }>;

/** Longest `Name <address>` read, in characters. */
export const maxMailboxLength = 1_000;

/** Controls, line separators, and the bidirectional overrides that make an address read as another. */
const forbidden = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;
const quotedWord = /^"((?:[^"\\]|\\.)*)"$/u;
/**
 * A phrase of atoms as people write them (`John Q. Public`); the specials of RFC 5322, section 3.2.3, need quotes. Not so a
 * comma: in `Acme, Inc. <a@x>` there is one address whoever reads it, and we write the name in quotes.
 */
const bareName = /^[^"<>()[\]:;@\\]*$/u;

/**
 * Parses exactly one mailbox, `Name <local@domain>` or `local@domain` (RFC 5322, section 3.4, and RFC 6531).
 *
 * Strict where parsers are known to disagree, since that is how one address is checked and another one mailed
 * (row H03): no groups, lists, comments, source routes, address literals, encoded words inside the address,
 * or unquoted specials other than a comma in the name. Quoted local parts are kept verbatim. An encoded word in the name is
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
  return name === null ? invalid('name_syntax') : parseAddress(name, trimmed.slice(open + 1, -1).trim());
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

  const parts = { localPart: address.slice(0, at), domain: address.slice(at + 1) };
  const checked = checkAddress(parts, maxLocalPartBytes);
  return typeof checked === 'string' ? invalid(checked) : { kind: 'mailbox', mailbox: { name, ...checked } };
}

const invalid = (problem: MailboxProblem): ParsedMailbox => ({ kind: 'invalid', problem });
