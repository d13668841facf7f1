import { encodeWords } from './encoded-word.ts';

/** Lines are folded so as to stay within this many characters (RFC 5322, section 2.1.1, allows 78). */
export const maxLineLength = 76;

/** A longer word cannot be folded and would near the hard limit of 998 bytes a line, so it is encoded. */
const maxWordLength = 900;

/**
 * Makes text safe for a header: CR, LF, NUL, every other control character and Unicode's line separators
 * become one space for each run, lone surrogates become U+FFFD, and the ends are trimmed (row H01).
 */
export function cleanHeaderText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

/**
 * Encodes unstructured text (a subject, RFC 5322, section 3.6.5) for a header: folded at spaces while it is
 * plain ASCII, else as encoded words (RFC 2047).
 *
 * `column` is how many characters of the line are taken already: the field's name, colon and space. The
 * result never holds CR or LF except in a fold (CRLF and a space), whatever the text was.
 */
export function encodeHeaderText(text: string, column: number): string {
  const clean = cleanHeaderText(text);
  return isPlain(clean) ? foldText(clean, column) : encodeWords(clean, column);
}

/** Tells whether header text can be written as it is: printable ASCII that no reader takes for an encoded word. */
export function isPlain(text: string): boolean {
  if (!/^[ -~]*$/.test(text) || text.includes('=?')) return false;
  return text.length <= maxWordLength || longestUnit(text) <= maxWordLength;
}

/** Folds printable ASCII before spaces (RFC 5322, section 2.2.3); unfolding gives back the very same text. */
export function foldText(text: string, column: number): string {
  if (column + text.length <= maxLineLength) return text;
  let folded = '';
  let lineLength = column;
  for (const unit of unitsOf(text)) {
    const isFold = folded !== '' && lineLength + unit.length > maxLineLength;
    folded += isFold ? `\r\n${unit}` : unit;
    lineLength = isFold ? unit.length : lineLength + unit.length;
  }
  return folded;
}

/**
 * The pieces between which a fold may stand: before single spaces only. Many readers unfold a line to one space,
 * however many there were, and a line must not hold blanks alone.
 */
function unitsOf(text: string): string[] {
  return text.split(/(?<! )(?= (?! ))/);
}

function longestUnit(text: string): number {
  return unitsOf(text).reduce((longest, unit) => Math.max(longest, unit.length), 0);
}
