import { Refusal } from './refusal.ts';

export type Token = Readonly<{
  kind: 'name' | 'number' | 'string' | 'symbol' | 'end';
  /** The name, the symbol, the digits or the string's value. */
  text: string;
  /** Offset in the template. */
  at: number;
}>;

const pattern =
  /\s+|([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(==|!=|<=|>=|\/\/|\*\*|&&|\|\||[-+*/%~<>=!|.,:()[\]{}?])/y;

/** Cuts the inside of a tag into tokens; `offset` is where `source` begins in the template. Throws a Refusal at a character that no expression has. */
export function tokenize(source: string, offset: number): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(source);
    if (!match) throw new Refusal(offset + at, `Unexpected ${describe(source, at)}.`);
    const token = toToken(match, offset + at);
    if (token) tokens.push(token);
  }
  tokens.push({ kind: 'end', text: '', at: offset + source.length });
  return tokens;
}

function toToken([, name, number, string, symbol]: RegExpExecArray, at: number): Token | undefined {
  if (name !== undefined) return { kind: 'name', text: name, at };
  if (number !== undefined) return { kind: 'number', text: number, at };
  if (string !== undefined) return { kind: 'string', text: unquote(string), at };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, at };
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, (_, char: string) => escapes[char] ?? char);
}

function describe(source: string, at: number): string {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return char === '"' || char === "'" ? `${char}: the text that begins here is never closed` : `“${char}”`;
}
