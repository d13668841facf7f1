/** Characters of a reply that patterns are looked for in; more than any server needs that means well. */
export const matchedTextMax = 500;
/** Longest stretch that `*`, `+` or an open `{2,}` stands for, in characters. */
const gapMax = 60;
/** Most ways in which a pattern may fit at one place: what bounds the time that matching takes. */
const waysMax = 4_000;
const sourceMax = 200;

/** Whether a reply's text matches; looks at its first 500 characters. */
export type ReplyPattern = (text: string) => boolean;

/**
 * Compiles a regular expression that cannot take long, whatever it is held against. Case does not matter.
 *
 * `*` and `+` stand for at most 60 repeats. Refused with a RangeError: look-arounds, back-references, named groups, and
 * whatever could fit one place in more than a few thousand ways, such as repeats within repeats.
 */
export function compileReplyPattern(source: string): ReplyPattern {
  if (source.length > sourceMax) throw new RangeError(`longer than ${sourceMax} characters`);
  const { pattern, ways } = new Reader(source).readAll();
  if (ways > waysMax) {
    throw new RangeError('could take long on some replies: too many repeats, or repeats within repeats');
  }
  const regex = new RegExp(pattern, 'is');
  return (text) => regex.test(text.slice(0, matchedTextMax));
}

/** A piece of a pattern as it is compiled, and in how many ways it may fit at one place. */
type Piece = Readonly<{ pattern: string; ways: number }>;

const quantifier = /^(?:[*+?]|\{(\d{1,3})(,)?(\d{1,3})?\})/;
const escaped = /^\\(?:[dDwWsSbB]|[^a-zA-Z0-9])/;
const characterClass = /^\[\^?(?:\\(?:[dDwWsS]|[^a-zA-Z0-9])|[^\]\\])+\]/;

/** Reads a pattern by recursive descent, as far as we let one go. */
class Reader {
  #rest: string;

  constructor(source: string) {
    this.#rest = source;
  }

  readAll(): Piece {
    const piece = this.#alternatives();
    if (this.#rest !== '') throw new RangeError('a ) too many');
    if (piece.pattern === '') throw new RangeError('is empty');
    return piece;
  }

  #alternatives(): Piece {
    const branches = [this.#sequence()];
    while (this.#skip('|')) branches.push(this.#sequence());
    return {
      pattern: branches.map(({ pattern }) => pattern).join('|'),
      ways: branches.reduce((sum, { ways }) => sum + ways, 0),
    };
  }

  #sequence(): Piece {
    let pattern = '';
    let ways = 1;
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) {
      const piece = this.#repeated(this.#atom());
      pattern += piece.pattern;
      ways *= piece.ways;
    }
    return { pattern, ways };
  }

  #atom(): Piece {
    if (this.#skip('(?:') || this.#skip('(')) {
      if (this.#rest.startsWith('?')) throw new RangeError('look-arounds and named groups are not taken');
      const { pattern, ways } = this.#alternatives();
      if (!this.#skip(')')) throw new RangeError('a ) is missing');
      return { pattern: `(?:${pattern})`, ways };
    }
    const pattern = this.#take(escaped) ?? this.#take(characterClass) ?? this.#take(/^[^\\[\](){}*+?|]/);
    if (pattern === undefined) throw new RangeError(`cannot be read from "${this.#rest.slice(0, 10)}" on`);
    return { pattern, ways: 1 };
  }

  #repeated(atom: Piece): Piece {
    const found = quantifier.exec(this.#rest);
    if (!found) return atom;
    this.#rest = this.#rest.slice(found[0].length);
    this.#skip('?');
    const [min, max] = boundsOf(found);
    if (max < min || max > gapMax) throw new RangeError(`repeats must be at most ${gapMax}`);
    let ways = 0;
    for (let times = min; times <= max; times += 1) ways += atom.ways ** times;
    return { pattern: `${atom.pattern}{${min},${max}}`, ways };
  }

  #take(what: RegExp): string | undefined {
    const found = what.exec(this.#rest)?.[0];
    if (found !== undefined) this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #skip(text: string): boolean {
    const isThere = this.#rest.startsWith(text);
    if (isThere) this.#rest = this.#rest.slice(text.length);
    return isThere;
  }
}

function boundsOf([text, least, comma, most]: RegExpExecArray): readonly [number, number] {
  if (text === '*') return [0, gapMax];
  if (text === '+') return [1, gapMax];
  if (text === '?') return [0, 1];
  const min = Number(least);
  if (!comma) return [min, min];
  return [min, most === undefined ? gapMax : Number(most)];
}
