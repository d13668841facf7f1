/** An encoded word holds at most this many characters, delimiters and all (RFC 2047, section 2). */
const maxWordLength = 75;

/** Room an encoded word is given at least, so that one character of four bytes fits after a long field name. */
const minWordLength = 32;

const maxColumn = 76;
const delimiters = '=?UTF-8?B??='.length;

/**
 * Writes text as encoded words in UTF-8 (RFC 2047), one a line, as B or Q, whichever is shorter.
 *
 * A character is never split over two words (RFC 2047, section 5). Only letters, digits and `!*+-/` stay
 * bare, so that the words may stand in a phrase (a display name) too. `column` as in `encodeHeaderText`.
 */
export function encodeWords(text: string, column: number): string {
  const isQ = qLength(text) <= (Buffer.byteLength(text) * 4) / 3;
  const words = isQ
    ? chunk(text, column, (roomLength) => roomLength, qLength).map((part) => `=?UTF-8?Q?${q(part)}?=`)
    : chunk(text, column, base64Bytes, byteLength).map((part) => `=?UTF-8?B?${base64(part)}?=`);
  return words.join('\r\n ');
}

function chunk(
  text: string,
  column: number,
  capacityOf: (roomLength: number) => number,
  costOf: (character: string) => number,
): string[] {
  const firstWord = Math.min(maxWordLength, Math.max(minWordLength, maxColumn - column));
  let room = capacityOf(firstWord - delimiters);
  let part = '';
  const parts: string[] = [];
  for (const character of text) {
    const cost = costOf(character);
    if (cost > room) {
      parts.push(part);
      part = '';
      room = capacityOf(maxWordLength - delimiters);
    }
    part += character;
    room -= cost;
  }
  parts.push(part);
  return parts;
}

function q(text: string): string {
  return text.replace(/[^A-Za-z0-9!*+/-]/gu, (character) =>
    character === ' ' ? '_' : percent(character, '='),
  );
}

/** Writes each UTF-8 byte of the text as two hexadecimal digits behind `sign`. */
export function percent(text: string, sign: '=' | '%'): string {
  return Buffer.from(text).toString('hex').toUpperCase().replace(/../g, `${sign}$&`);
}

function qLength(text: string): number {
  const bare = text.match(/[A-Za-z0-9!*+/ -]/g)?.length ?? 0;
  return bare + 3 * (Buffer.byteLength(text) - bare);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const base64Bytes = (roomLength: number): number => Math.floor(roomLength / 4) * 3;
const byteLength = (text: string): number => Buffer.byteLength(text);
