import { domainToASCII } from 'node:url';
import { type AddressList, readAddressList } from '../address/address-list.ts';
import type { AddressToken } from '../address/address-tokens.ts';
import { encodePhrase } from '../address/format-mailbox.ts';
import { encodeWords } from '../header/encoded-word.ts';
import { decodeEncodedWords, isAsciiText } from './header-words.ts';

type Edit = Readonly<{ start: number; end: number; text: string }>;

/** Encoded words in a field of unknown length start here; the first of them is short, so that it fits any line. */
const column = 40;

/**
 * Writes an address list so that every reader sees what ours did: display names, names of groups and comments beyond ASCII
 * become encoded words, domains A-labels, a bare comma in a name gets quotes, a source route goes. All else stays as written.
 *
 * `value` is decoded to characters and unfolded. A local part beyond ASCII stays (RFC 6532).
 */
export function toSafeAddresses(value: string): string {
  const list = readAddressList(value);
  const names = [...list.entries.flatMap(nameEdits), ...list.groups.flatMap(phraseEdits)];
  const rest = list.tokens.flatMap((token, index) => tokenEdits(list, index, token));
  const edits = [...names, ...rest.filter((edit) => !names.some((name) => isWithin(edit, name)))];
  return applied(value, [
    ...edits,
    ...list.entries.flatMap(({ route }) => (route ? [{ ...route, text: '' }] : [])),
  ]);
}

function nameEdits({ name, hasBareComma }: AddressList['entries'][number]): Edit[] {
  if (!name) return [];
  return hasBareComma ? [phraseEdit(name)] : phraseEdits(name);
}

function phraseEdits(phrase: AddressList['groups'][number]): Edit[] {
  return isAsciiText(phrase.text) ? [] : [phraseEdit(phrase)];
}

function phraseEdit({ start, end, text }: AddressList['groups'][number]): Edit {
  return { start, end, text: encodePhrase(decodeEncodedWords(text), column) };
}

/** Outside of names and comments, a domain becomes A-labels, and any word that is no local part is for show. */
function tokenEdits({ tokens }: AddressList, index: number, token: AddressToken): Edit[] {
  const { kind, value, start, end } = token;
  if (isAsciiText(value)) return [];
  if (kind === 'comment')
    return [{ start, end, text: `(${encodeWords(decodeEncodedWords(value), column)})` }];
  if (isAt(tokens[index - 1])) return [{ start, end, text: domainToASCII(value) || value }];
  const isWord = (kind === 'atom' || kind === 'quoted') && !isAt(tokens[index + 1]);
  return isWord ? [{ start, end, text: encodeWords(decodeEncodedWords(value), column) }] : [];
}

function isAt(token: AddressToken | undefined): boolean {
  return token?.kind === 'special' && token.value === '@';
}

function isWithin(inner: Edit, outer: Edit): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function applied(text: string, edits: readonly Edit[]): string {
  let written = '';
  let at = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    written += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return written + text.slice(at);
}
