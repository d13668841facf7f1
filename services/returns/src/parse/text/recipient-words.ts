import { failureWords, foreignFailureWords } from '../formats/server-words.ts';
import { type FoundAddress, findAddress } from '../kinds/address.ts';
import type { Notice } from './notice.ts';

/** What a notice says of one recipient, in reading order. */
export type RecipientWords = Readonly<{
  address: string;
  /** What stands beside the address, or behind it up to the next. */
  beside: readonly string[];
}>;

/** What a notice says of its recipients. `general` is what it says of none in particular. */
export type NoticeWords = Readonly<{ recipients: readonly RecipientWords[]; general: readonly string[] }>;

const recipientsMax = 100;
const linesMax = 2_000;
/** Longest text before an address in a line that is about it: "Unknown user: ada@example.com". */
const labelMax = 60;
/** Paragraphs behind the one that names a recipient which may hold its reason. */
const followingMax = 3;

/** Fields of our own message that notices repeat, and remarks on how an address came about. */
const repeatedField =
  /^[ \t>]{0,20}(?:(?:to|cc|bcc|from|subject|sent|date|sent date|message-id|mail from|rcpt to|size(?: \(in bytes\))?|number of lines)[ \t]{0,4}:|\((?:expanded|generated|aliased) from\b)/i;

const recipientField = /^[ \t>]{0,20}(?:(?:rcpt )?to[ \t]{0,4}:|\((?:expanded|generated|aliased) from\b)/i;
/** A rule of dashes, with or without a title. */
const titleRule = /^[ \t|]{0,20}[-=_*~]{3}(?:[^\n]{0,200}[-=_*~|]{2})?[ \t]*$/;

/** Signs around an address at the beginning of a line. */
const leadingSigns = /^[\s>*•·|#"'([{–-]+/;
/** An X.400 address, of which we read the part for SMTP. */
const x400 = /^c=[a-z]{0,2};/i;
const plainLabel =
  /^(?:(?:undeliverable|failed|final|original|e-?mail|destination) ){0,2}(?:address(?:es)?|recipient|to|mailbox)\s{0,3}[:=]/i;
const addressLabel = /(?:address|recipient|user|mailbox|smtp|to)\s{0,3}[:=]\s{0,20}["'<(]?$/i;
const reasonLabel = /(?:[:=]|\b(?:to|for|user|address|recipient|mailbox))\s{0,20}["'<([]{0,2}$/i;
/** What stands before an address that is not the recipient's. */
const helpLabel = /contact|assistance|help|question|please|support|forward|reply|report|visit/i;

type Head = { address: string; words: string[] };
type Paragraph = { preface: string; heads: Head[]; mentioned: string[]; text: string };

/**
 * Reads what a notice says of each recipient. A reason belongs to the recipient whose address begins its line or
 * paragraph; then to what follows, up to the next recipient; then come lines that mention the address, and last what
 * the notice says of nobody in particular. What it says of another recipient never counts.
 */
export function readNoticeWords({ paragraphs }: Notice): NoticeWords {
  const read = paragraphs.map(readParagraph);
  const unheaded = read.filter(({ heads }) => heads.length === 0).map(({ text }) => text);
  const general = [...unheaded.filter(isFailure), ...unheaded.filter((text) => !isFailure(text))];
  const headed = read.flatMap(({ heads }) => heads.map(({ address }) => address));
  const named = headed.length > 0 ? headed : read.flatMap(({ mentioned }) => mentioned);
  const recipients = [...new Set(named)].slice(0, recipientsMax).map((address) => ({
    address,
    beside: [
      ...ownWords(read, address),
      ...followingWords(read, address),
      ...mentioningWords(read, address),
      ...prefaces(read, address),
    ],
  }));
  return { recipients, general };
}

function isFailure(text: string): boolean {
  return failureWords.test(text) || foreignFailureWords.test(text);
}

function readParagraph(paragraph: string): Paragraph {
  const heads: Head[] = [];
  const preface: string[] = [];
  const mentioned: string[] = [];
  const kept: string[] = [];
  for (const line of paragraph.split('\n', linesMax)) {
    if (titleRule.test(line)) continue;
    const found = findAddress(line);
    const isRepeated = repeatedField.test(line);
    if (found && (!isRepeated || recipientField.test(line))) mentioned.push(found.address);
    if (isRepeated) continue;
    kept.push(line);
    // A long line is folded anywhere, also before the recipient's own address.
    if (found && isHead(line, found) && heads.at(-1)?.address !== found.address)
      heads.push({ address: found.address, words: [withoutHead(line, found)] });
    else (heads.at(-1)?.words ?? preface).push(line);
  }
  shareWords(heads);
  return { preface: preface.join('\n'), heads, mentioned, text: kept.join('\n') };
}

/** A line is about an address that begins it, or that ends it behind a short label. */
function isHead(line: string, { start, end }: FoundAddress): boolean {
  const before = line.slice(0, start).replace(leadingSigns, '');
  if (before === '' || x400.test(before) || addressLabel.test(before)) return true;
  if (before.length > labelMax || !reasonLabel.test(before) || helpLabel.test(before)) return false;
  return /^["'>)\]}.:,;!\s]{0,10}$/.test(line.slice(end));
}

/** Leaves the address out where what stands before it only says that one follows. */
function withoutHead(line: string, { start, end }: FoundAddress): string {
  const before = line.slice(0, start).replace(leadingSigns, '');
  const isPlain = before === '' || x400.test(before) || plainLabel.test(before);
  return isPlain ? line.slice(end).replace(/^[\s"'>)\]}:;,.–-]+/, '') : line.trim();
}

/** Recipients that follow each other without a word between share the words behind the last. */
function shareWords(heads: Head[]): void {
  for (let at = heads.length - 2; at >= 0; at -= 1) {
    const [head, next] = [heads[at], heads[at + 1]];
    if (head && next && !head.words.some((line) => /\p{L}/u.test(line))) head.words = next.words;
  }
}

function ownWords(read: readonly Paragraph[], address: string): string[] {
  return read.flatMap(({ heads }) =>
    heads.filter((head) => head.address === address).map(({ words }) => words.join('\n')),
  );
}

/** Some notices say the reason first, and then whom it is about. */
function prefaces(read: readonly Paragraph[], address: string): string[] {
  return read.flatMap(({ preface, heads }) =>
    heads.some((head) => head.address === address) ? [preface] : [],
  );
}

function followingWords(read: readonly Paragraph[], address: string): string[] {
  return read.flatMap(({ heads }, at) => {
    if (!heads.some((head) => head.address === address)) return [];
    const following = read.slice(at + 1, at + 1 + followingMax);
    const end = following.findIndex((paragraph) => paragraph.heads.length > 0);
    return following.slice(0, end === -1 ? followingMax : end).map(({ text }) => text);
  });
}

/**
 * Words that name an address in a sentence, or in a transcript of the conversation. A transcript has a line for each
 * recipient, so of several only the lines that name this one count.
 */
function mentioningWords(read: readonly Paragraph[], address: string): string[] {
  return read.flatMap(({ heads, mentioned, text }) => {
    if (!mentioned.includes(address)) return [];
    if (heads.length === 0 && new Set(mentioned).size === 1) return [text];
    return text.split('\n', linesMax).filter((line) => findAddress(line)?.address === address);
  });
}
