/**
 * A token of an address field (RFC 5322, sections 3.2 and 3.4).
 *
 * `value` has no quotes, brackets, parentheses or escapes; `start` and `end` are where the token stands in the text. White
 * space is no token: two tokens with a gap between them had some. `broken` is a quoted string, comment or literal that
 * never ends, and reaches to the end of the text.
 */
export type AddressToken = Readonly<{
  kind: 'atom' | 'quoted' | 'comment' | 'literal' | 'special' | 'broken';
  value: string;
  start: number;
  end: number;
}>;

/** Characters that end an atom. A dot does not: `John Q.` and `a.b` are one kind of word until somebody looks closer. */
const specials: ReadonlySet<string> = new Set('()<>[]:;@\\,"');

const closers: Readonly<Record<string, { kind: 'quoted' | 'literal' | 'comment'; close: string }>> = {
  '"': { kind: 'quoted', close: '"' },
  '[': { kind: 'literal', close: ']' },
  '(': { kind: 'comment', close: ')' },
};

/** Cuts the value of an address field into tokens, in one pass. Comments nest (RFC 5322, section 3.2.2). Never throws. */
export function tokenizeAddresses(text: string): AddressToken[] {
  const tokens: AddressToken[] = [];
  let at = 0;
  while (at < text.length) {
    if (isBlank(text, at)) {
      at += 1;
      continue;
    }
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function readToken(text: string, start: number): AddressToken {
  const first = text.charAt(start);
  const enclosed = closers[first];
  if (enclosed) return readEnclosed(text, start, enclosed);
  if (specials.has(first)) return { kind: 'special', value: first, start, end: start + 1 };
  let end = start + 1;
  while (end < text.length && !isBlank(text, end) && !specials.has(text.charAt(end))) end += 1;
  return { kind: 'atom', value: text.slice(start, end), start, end };
}

function readEnclosed(
  text: string,
  start: number,
  { kind, close }: { kind: 'quoted' | 'literal' | 'comment'; close: string },
): AddressToken {
  let value = '';
  let depth = 1;
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && at + 1 < text.length) {
      at += 1;
      value += text.charAt(at);
      continue;
    }
    if (kind === 'comment' && character === '(') depth += 1;
    if (character === close) depth -= 1;
    if (depth === 0) return { kind, value, start, end: at + 1 };
    value += character;
  }
  return { kind: 'broken', value, start, end: text.length };
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
