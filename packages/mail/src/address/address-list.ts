import { checkAddress } from './addr-spec.ts';
import { type AddressToken, tokenizeAddresses } from './address-tokens.ts';
import type { Mailbox } from './mailbox.ts';

/** One entry of an address list: what stands between two commas, and is a mailbox or tries to be one. */
export type ListedAddress = Readonly<{
  /** Its name as written, without quotes, encoded words not decoded. Null where readers could see another address. */
  mailbox: Mailbox | null;
  /** The display name, or the words where there is no address at all. */
  name: Phrase | null;
  /** The display name has a comma outside of quotes, which other readers take for the end of an address. */
  hasBareComma: boolean;
  /** A source route in front of the address (RFC 5322, section 4.4), which not every reader drops. */
  route: Span | null;
}>;

export type Span = Readonly<{ start: number; end: number }>;
/** Words and where they stand; `text` is without quotes and comments, encoded words not decoded. */
export type Phrase = Span & Readonly<{ text: string }>;

export type AddressList = Readonly<{
  entries: readonly ListedAddress[];
  /** Names of groups, `undisclosed-recipients:;` for instance. */
  groups: readonly Phrase[];
  /** In order, comments too. */
  tokens: readonly AddressToken[];
}>;

/** Bytes of local part in a header: as many as fit the whole address. */
const headerLocalPartMax = 254;

/**
 * Reads an address list (RFC 5322, section 3.4, with the obsolete forms of section 4.4) that was decoded to characters.
 *
 * Comments and blanks may stand between any two tokens, groups are opened, source routes are dropped, and empty entries
 * (`a@x, , b@x`) are none. `Acme, Inc. <a@x>` is one entry, since a name without an address is nothing by itself. Where
 * readers could see another address (two in brackets, a different one in front of the brackets), the entry has no
 * mailbox. Takes time linear in the text and never throws.
 */
export function readAddressList(text: string): AddressList {
  const tokens = tokenizeAddresses(text);
  const entries: ListedAddress[] = [];
  const groups: Phrase[] = [];
  let waiting: RawEntry[] = [];
  const settle = (): void => {
    for (const raw of waiting) entries.push(toEntry(text, raw));
    waiting = [];
  };
  for (const raw of cutEntries(tokens)) {
    if (raw.isGroupName) {
      settle();
      groups.push(phraseOf(text, raw.before) ?? { start: 0, end: 0, text: '' });
      continue;
    }
    const isName = raw.angle === undefined && raw.before.length > 0 && !raw.before.some(isAt);
    if (isName) waiting.push(raw);
    if (waiting.length > 0 && !isName && raw.angle && !raw.before.some(isAt)) {
      entries.push(toEntry(text, joined(waiting, raw)));
      waiting = [];
    } else if (!isName) {
      settle();
      if (raw.before.length > 0 || raw.angle) entries.push(toEntry(text, raw));
    }
    if (raw.endsList) settle();
  }
  settle();
  return { entries, groups, tokens };
}

type RawEntry = {
  before: AddressToken[];
  /** Between the angle brackets. */
  angle: AddressToken[] | undefined;
  after: AddressToken[];
  comments: AddressToken[];
  isGroupName: boolean;
  /** A semicolon follows, or nothing: what comes next does not continue its name. */
  endsList: boolean;
  hasBareComma: boolean;
};

/** Cuts at commas, and at the colon and the semicolon of a group; other specials stay in the entry. */
function cutEntries(tokens: readonly AddressToken[]): RawEntry[] {
  const entries: RawEntry[] = [];
  let entry = newEntry();
  let isInside = false;
  const close = (end: Partial<RawEntry>): void => {
    entries.push({ ...entry, ...end });
    entry = newEntry();
  };
  for (const token of tokens) {
    const special = token.kind === 'special' ? token.value : '';
    if (token.kind === 'comment') entry.comments.push(token);
    else if (isInside && special === '>') isInside = false;
    else if (isInside) entry.angle?.push(token);
    else if (special === ',') close({});
    else if (special === ';') close({ endsList: true });
    else if (special === ':' && !entry.angle && !entry.before.some(isAt)) close({ isGroupName: true });
    else if (special === '<' && !entry.angle) {
      entry.angle = [];
      isInside = true;
    } else if (entry.angle) entry.after.push(token);
    else entry.before.push(token);
  }
  if (isInside) entry.after = entry.angle ?? [];
  close({ endsList: true });
  return entries;
}

function newEntry(): RawEntry {
  return {
    ...{ before: [], angle: undefined, after: [], comments: [] },
    ...{ isGroupName: false, endsList: false, hasBareComma: false },
  };
}

function joined(names: readonly RawEntry[], last: RawEntry): RawEntry {
  return {
    ...last,
    before: [...names.flatMap(({ before }) => before), ...last.before],
    comments: [...names.flatMap(({ comments }) => comments), ...last.comments],
    hasBareComma: true,
  };
}

function toEntry(text: string, raw: RawEntry): ListedAddress {
  const { before, angle, after, comments, hasBareComma } = raw;
  const name = angle || !before.some(isAt) ? phraseOf(text, before) : null;
  const spec = angle ? withoutRoute(angle) : before;
  const shape = { name, hasBareComma, route: routeBefore(angle, spec) };
  const found = after.length > 0 ? null : readAddrSpec(spec, text);
  const isSure = found !== null && (!angle || !before.some(isAt) || isSameAddress(before, found, text));
  if (!found || !isSure || before.some(isBroken) || (name && before.some(isStray)))
    return { mailbox: null, ...shape };
  const shown = name?.text || comments[0]?.value.trim() || '';
  return { mailbox: { name: shown, ...found }, ...shape };
}

function routeBefore(angle: readonly AddressToken[] | undefined, spec: readonly AddressToken[]): Span | null {
  const [first, address] = [angle?.[0], spec[0]];
  return first && address && first !== address ? { start: first.start, end: address.start } : null;
}

/** `local@domain` of tokens with nothing else among them. A gap between words is allowed at a dot (`a . b`) alone. */
function readAddrSpec(tokens: readonly AddressToken[], text: string): Omit<Mailbox, 'name'> | null {
  const at = tokens.findLastIndex(isAt);
  if (at < 1) return null;
  const localPart = joinWords(tokens.slice(0, at), text);
  const domain = joinWords(tokens.slice(at + 1), text);
  if (localPart === null || domain === null) return null;
  const checked = checkAddress({ localPart, domain }, headerLocalPartMax);
  return typeof checked === 'string' ? null : checked;
}

function joinWords(tokens: readonly AddressToken[], text: string): string | null {
  let words = '';
  let end = tokens[0]?.start ?? 0;
  for (const { kind, start, end: next } of tokens) {
    const word = text.slice(start, next);
    const isApart = start > end && !word.startsWith('.') && !words.endsWith('.');
    if ((kind !== 'atom' && kind !== 'quoted') || isApart) return null;
    words += word;
    end = next;
  }
  return words;
}

/** `@relay.example,@other.example:` in front of the address (RFC 5322, section 4.4) says nothing any more. */
function withoutRoute(tokens: readonly AddressToken[]): readonly AddressToken[] {
  const [first] = tokens;
  if (!first || !isAt(first)) return tokens;
  return tokens.slice(tokens.findIndex(({ kind, value }) => kind === 'special' && value === ':') + 1);
}

/** `info@x.example <info@x.example>`, which some programs write for want of a name. */
function isSameAddress(tokens: readonly AddressToken[], found: { address: string }, text: string): boolean {
  const named = readAddrSpec(tokens, text);
  return named?.address.toLowerCase() === found.address.toLowerCase();
}

/** The words with one blank where there was a gap; a comma that no quotes protect belongs to the name. */
function phraseOf(text: string, tokens: readonly AddressToken[]): Phrase | null {
  const [first] = tokens;
  if (!first) return null;
  let name = '';
  let end = first.start;
  for (const { kind, value, start, end: next } of tokens) {
    const gap = text.slice(end, start).replace(/\(.*\)/su, ' ');
    const word = kind === 'quoted' ? value : text.slice(start, next);
    name += `${gap.includes(',') ? ',' : ''}${/\s/.test(gap) ? ' ' : ''}${word}`;
    end = next;
  }
  return { start: first.start, end, text: name.trim() };
}

const isAt = ({ kind, value }: AddressToken): boolean => kind === 'special' && value === '@';
const isBroken = ({ kind }: AddressToken): boolean => kind === 'broken';
/** A bracket or a backslash in a name: whoever wrote that did not mean a name. */
const isStray = ({ kind, value }: AddressToken): boolean => kind === 'special' && '<>'.includes(value);
