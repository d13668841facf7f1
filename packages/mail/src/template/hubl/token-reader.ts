import { Refusal } from './refusal.ts';
import { type Token, tokenize } from './tokenize.ts';

const end: Token = { kind: 'end', text: '', at: 0 };

/** Deepest nesting of one expression: far more than people write, far less than the stack bears. */
const depthMax = 40;

/** Reads a tag's tokens one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string, offset: number) {
    this.#tokens = tokenize(source, offset);
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#tokens.at(-1) ?? end;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** Whether the next token is this symbol or word. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'symbol' || token.kind === 'name') && token.text === text;
  }

  /** Takes the next token if it is this symbol or word. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#next += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(`expected “${text}”`);
  }

  expectName(what: string): Token {
    const token = this.peek();
    if (token.kind !== 'name') throw this.unexpected(`expected ${what}`);
    return this.take();
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.unexpected('expected the end of the tag');
  }

  unexpected(expected: string): Refusal {
    const token = this.peek();
    const found = token.kind === 'end' ? 'The tag ends too early' : `Unexpected “${token.text}”`;
    return new Refusal(token.at, `${found}: ${expected}.`);
  }

  /** Runs `read` one level deeper; refuses an expression nested too deep for the stack (row T02). */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new Refusal(this.peek().at, 'This expression is nested too deep.');
    const result = read();
    this.#depth -= 1;
    return result;
  }
}
