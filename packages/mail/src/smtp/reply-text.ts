/** Characters of a reply that phrases are looked for in. No server that means well says more. */
const lengthMax = 1_000;

/** Everything but letters and digits. Whatever is not ASCII counts as a letter. */
const separators = /[^a-z0-9\u0080-\uffff]+/g;
const typographic = /[\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0\u3000-\u3002\uff00-\uff0f\uff1a]/g;
const accents = /[\u0300-\u036f]+/g;
/** Chinese, Japanese, and Korean sentences have no spaces, so that every character counts as a word. */
const ideographs = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g;
const spelled: Readonly<Record<string, string>> = { ß: 'ss', ł: 'l', ø: 'o', đ: 'd', ı: 'i' };
const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g;
const ipv6 = /(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])/g;
/** Where a word that may hold an address ends: "<user@example.com>:user unknown" and "user@example.com...No such user". */
const edges = /[\s<>()[\]{}:;,"|]+|\.{2,}/;

/** The text of a reply in the form that phrases are looked for in: lower-case words with one space around each. */
export type ReplyText = Readonly<{
  all: string;
  /** Without links: a link to a page named spam-policy says nothing about the reason. */
  withoutLinks: string;
}>;

/**
 * Prepares the text of a reply for `Phrase.isIn`, in time proportional to its length.
 *
 * Email addresses are left out, because a mailbox named dmarc or spam says nothing about the reason. An IP address becomes
 * the word `ipnumber`.
 */
export function readReplyText(text: string): ReplyText {
  const rows = text.slice(0, lengthMax).split(/\s+/);
  const linkless = rows.map((word) => {
    const at = linkStart(word);
    return at < 0 ? word : word.slice(0, at);
  });
  return { all: haystackOf(rows.join(' ')), withoutLinks: haystackOf(linkless.join(' ')) };
}

/** Returns the words of a phrase or a text, in the one spelling that both are compared in. */
export function foldWords(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(accents, '')
    .normalize('NFC')
    .replace(/[ßłøđı]/g, (letter) => spelled[letter] ?? letter)
    .replace(typographic, ' ')
    .replace(ideographs, ' $& ')
    .replace(separators, ' ');
}

function haystackOf(text: string): string {
  const words = text
    .toLowerCase()
    .replace(ipv4, ' ipnumber ')
    .replace(ipv6, ' ipnumber ')
    .split(edges)
    .filter((word) => !word.includes('@'));
  return ` ${foldWords(words.join(' ')).trim()} `;
}

function linkStart(word: string): number {
  const scheme = word.search(/https?:\/\//i);
  return scheme >= 0 ? scheme : word.search(/(?<![\w.])www\./i);
}
