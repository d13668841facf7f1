import { encodeWords } from '../header/encoded-word.ts';
import { cleanHeaderText, foldText, isPlain, maxLineLength } from '../header/header-text.ts';
import type { Mailbox } from './mailbox.ts';

/**
 * Writes a mailbox for a header: `Name <address>`, the name bare, quoted (RFC 5322, section 3.2.4) or as
 * encoded words (RFC 2047, section 5), folded. A name that looks like an encoded word is encoded, so that
 * readers show what was given. `column` as in `encodeHeaderText`.
 */
export function formatMailbox({ name, address }: Pick<Mailbox, 'name' | 'address'>, column: number): string {
  const phrase = encodePhrase(cleanHeaderText(name), column);
  if (phrase === '') return address;

  const lastLine = phrase.slice(phrase.lastIndexOf('\n') + 1);
  const taken = lastLine === phrase ? column + phrase.length : lastLine.length;
  return taken + address.length + 3 > maxLineLength ? `${phrase}\r\n <${address}>` : `${phrase} <${address}>`;
}

/** Writes an address list (RFC 5322, section 3.4): a mailbox a line. */
export function formatMailboxes(
  mailboxes: readonly Pick<Mailbox, 'name' | 'address'>[],
  column: number,
): string {
  return mailboxes.map((mailbox, index) => formatMailbox(mailbox, index === 0 ? column : 1)).join(',\r\n ');
}

/** Writes a display name: bare, quoted or as encoded words. `name` holds no controls; `column` as in `encodeHeaderText`. */
export function encodePhrase(name: string, column: number): string {
  if (!isPlain(name)) return encodeWords(name, column);
  if (/^[\w!#$%&'*+/=?^`{|}~ -]*$/.test(name)) return foldText(name, column);
  return foldText(`"${name.replace(/["\\]/g, '\\$&')}"`, column);
}
