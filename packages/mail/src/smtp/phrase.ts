import { foldWords } from './reply-text.ts';

/** Longest stretch a `*` stands for, in characters. */
const maxGap = 60;
/** Fewest letters by which phrases that begin with part of a word are indexed. */
export const prefixLength = 4;

/** A compiled phrase. */
export type Phrase = Readonly<{
  /** A word that every match has, or its first letters with `*` behind, so that most phrases need not be tried. */
  key: string;
  isIn: (haystack: string) => boolean;
}>;

/**
 * Compiles a phrase: words that follow each other, in any case and with any punctuation between. A `*` stands for up to 60
 * characters, also within a word: `block*list`, `mailbox * full`.
 *
 * Phrases and not regular expressions, so that no rule of an operator and no reply of a stranger can make matching slow: it
 * takes time in proportion to the reply's length. Throws a RangeError when no word of three letters, or beginning of four, is in it.
 */
export function compilePhrase(source: string): Phrase {
  const pieces = source.split('*').map(pieceOf);
  const last = pieces.length - 1;
  const parts = pieces
    .map(({ words, isCutBefore, isCutAfter }, index) => {
      const before = index > 0 && isCutBefore ? '' : ' ';
      const after = index < last && isCutAfter ? '' : ' ';
      return words === '' ? '' : `${before}${words}${after}`;
    })
    .filter((part) => part !== '');
  const key = keyOf(parts);
  if (key === undefined) throw new RangeError(`phrase without a word to find it by: ${source}`);
  const [only = ''] = parts;
  const isIn =
    parts.length === 1
      ? (haystack: string) => haystack.includes(only)
      : (haystack: string) => hasInOrder(haystack, parts);
  return { key, isIn };
}

function pieceOf(text: string): { words: string; isCutBefore: boolean; isCutAfter: boolean } {
  const words = foldWords(text);
  return { words: words.trim(), isCutBefore: !words.startsWith(' '), isCutAfter: !words.endsWith(' ') };
}

/** The longest whole word, being the rarest as a rule; else the longest beginning of one. */
function keyOf(parts: readonly string[]): string | undefined {
  const longest = (found: readonly string[]) => found.toSorted((a, b) => b.length - a.length)[0];
  const whole = parts.flatMap((part) =>
    [...part.matchAll(/(?<= )(?:[^ ]{3,}|[^\0-\u02ff])(?= )/g)].map(String),
  );
  const begun = parts.flatMap((part) => [...part.matchAll(/(?<= )[^ ]{4,}$/g)].map(String));
  const beginning = longest(begun)?.slice(0, prefixLength);
  return longest(whole) ?? (beginning === undefined ? undefined : `${beginning}*`);
}

/**
 * Whether the parts occur one after the other, at most `maxGap` apart. All places of each part are kept, as a later one may
 * do where the first does not; both lists are walked once, so nothing is tried twice. Neighbours may share their space.
 */
function hasInOrder(haystack: string, parts: readonly string[]): boolean {
  let ends: readonly number[] | undefined;
  for (const part of parts) {
    ends = endsAfter(haystack, part, ends);
    if (ends.length === 0) return false;
  }
  return true;
}

function endsAfter(haystack: string, part: string, before: readonly number[] | undefined): number[] {
  const ends: number[] = [];
  let nearest = 0;
  for (let at = haystack.indexOf(part); at >= 0; at = haystack.indexOf(part, at + 1)) {
    if (before) {
      while (nearest < before.length && (before[nearest] ?? 0) < at - maxGap) nearest += 1;
      if ((before[nearest] ?? Infinity) > at + 1) continue;
    }
    ends.push(at + part.length);
  }
  return ends;
}
