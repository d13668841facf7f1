import type { Expression } from '../hubl/expression.ts';
import { parseExpression } from '../hubl/parse-expression.ts';
import { Refusal } from '../hubl/refusal.ts';
import type { Segment } from '../hubl/split-segments.ts';
import { TokenReader } from '../hubl/token-reader.ts';
import { type Chain, type EmitContext, emitExpression, operandOf, textOf } from './emit-expression.ts';
import { Names } from './names.ts';

/** A finished Liquid tag. The tags of one `if` or `for` share a `block`; `set` has none. */
export type TagPiece = Readonly<{ kind: 'tag'; name: string; liquid: string; block?: number }>;

type Open = { name: 'if' | 'unless' | 'for'; id: number; at: number; hasElse: boolean };

/** Deepest nesting of `if` and `for`. */
const nestingMax = 20;

type Translated = { liquid: string; block?: number };

/** Translates the tags of one template in order, and keeps what is open between them. */
export class TagTranslator {
  readonly context: EmitContext;
  readonly #open: Open[] = [];
  #blocks = 0;

  constructor(context: EmitContext) {
    this.context = context;
  }

  translate(segment: Segment): TagPiece {
    const reader = readerOf(segment);
    const { text: name, at } = reader.expectName('the name of a tag');
    const translated = this.#read(name, reader, at);
    reader.expectEnd();
    const [left, right] = [segment.trimsBefore ? '{%-' : '{%', segment.trimsAfter ? '-%}' : '%}'];
    return { ...translated, kind: 'tag', name, liquid: `${left} ${translated.liquid} ${right}` };
  }

  /** Refuses what is still open at the end of the template. */
  finish(): void {
    const block = this.#open.at(-1);
    if (block)
      throw new Refusal(block.at, `{% ${block.name} %} is never closed: add {% end${block.name} %}.`);
  }

  #read(name: string, reader: TokenReader, at: number): Translated {
    switch (name) {
      case 'if':
        return this.#openBlock('if', at, `if ${this.#condition(reader)}`);
      case 'unless':
        return this.#openBlock('unless', at, `if ${this.#condition(reader, 'not')}`);
      case 'for':
        return this.#openFor(reader, at);
      case 'elif':
      case 'elseif':
      case 'elsif':
        return this.#branch(at, `elsif ${this.#condition(reader)}`);
      case 'else':
        return this.#otherwise(at);
      case 'endif':
        return this.#closeBlock('if', at);
      case 'endunless':
        return this.#closeBlock('unless', at);
      case 'endfor':
        return this.#closeBlock('for', at);
      case 'set':
      case 'assign':
        return this.#assign(reader, at);
      default:
        throw refusalOf(name, at);
    }
  }

  #condition(reader: TokenReader, ...filters: string[]): string {
    const { head, filters: own } = emitExpression(parseExpression(reader), this.context);
    return textOf({ head, filters: [...own, ...filters] });
  }

  #openBlock(name: Open['name'], at: number, liquid: string) {
    if (this.#open.length >= nestingMax)
      throw new Refusal(at, `More than ${nestingMax} tags inside one another.`);
    this.#blocks += 1;
    this.#open.push({ name, id: this.#blocks, at, hasElse: false });
    this.context.names = new Names(this.context.names);
    return { liquid, block: this.#blocks };
  }

  #openFor(reader: TokenReader, at: number) {
    const variable = reader.expectName('the name of the loop variable');
    const second = reader.accept(',') ? reader.expectName('the name of the second loop variable') : undefined;
    reader.expect('in');
    const collection = emitExpression(parseExpression(reader), this.context);
    const item = second ? `${variable.text}_and_${second.text}` : variable.text;
    const block = this.#openBlock('for', at, `for ${item} in ${operandOf(collection)}`);
    this.context.names.declare(variable.text, variable.at, second ? `${item}[0]` : item);
    if (second) this.context.names.declare(second.text, second.at, `${item}[1]`);
    return block;
  }

  #innermost(at: number, what: string): Open {
    const block = this.#open.at(-1);
    if (!block) throw new Refusal(at, `${what} stands outside any {% if %} or {% for %}.`);
    return block;
  }

  #branch(at: number, liquid: string) {
    const block = this.#innermost(at, '{% elif %}');
    if (block.name === 'for')
      throw new Refusal(at, '{% elif %} belongs to {% if %}, but {% for %} is open here.');
    if (block.hasElse) throw new Refusal(at, '{% elif %} must stand before {% else %}.');
    return { liquid, block: block.id };
  }

  #otherwise(at: number) {
    const block = this.#innermost(at, '{% else %}');
    if (block.hasElse) throw new Refusal(at, 'This {% else %} is the second one.');
    block.hasElse = true;
    return { liquid: 'else', block: block.id };
  }

  #closeBlock(name: Open['name'], at: number) {
    const block = this.#innermost(at, `{% end${name} %}`);
    if (block.name !== name) throw new Refusal(at, `Expected {% end${block.name} %} here.`);
    this.#open.pop();
    this.context.names = this.context.names.outer ?? this.context.names;
    return { liquid: name === 'for' ? 'endfor' : 'endif', block: block.id };
  }

  /** What is set inside an `if` or `for` stays set after it: templates rely on it, and Liquid does so too. */
  #assign(reader: TokenReader, at: number) {
    const variable = reader.expectName('a name');
    if (!reader.accept('='))
      throw new Refusal(at, 'Write {% set name = value %}; the form with {% endset %} is not supported.');
    const value: Expression = parseExpression(reader);
    const chain: Chain = emitExpression(value, this.context);
    let outermost = this.context.names;
    while (outermost.outer) outermost = outermost.outer;
    outermost.declare(variable.text, variable.at);
    return { liquid: `assign ${variable.text} = ${textOf(chain)}` };
  }
}

/** Reads the tokens of one tag or output. */
export function readerOf(segment: Segment): TokenReader {
  return new TokenReader(segment.inner, segment.innerStart);
}

const tagAdvice: Readonly<Record<string, string>> = {
  include: 'one email is one template: put the text here',
  import: 'one email is one template: put the text here',
  from: 'one email is one template: put the text here',
  extends: 'one email is one template: put the layout here',
  block: 'one email is one template: put the layout here',
  macro: 'write it out, or use {% for %}',
  call: 'write it out',
  module: 'modules belong to HubSpot’s editor: put its HTML here',
  widget_block: 'modules belong to HubSpot’s editor: put its HTML here',
  do: 'use {% set %}',
  capture: 'use {% set x = a ~ b %}',
  case: 'use {% if %} and {% elif %}',
  cycle: 'use {% if loop.index is odd %}',
  break: 'pass a shorter list in customProperties',
  continue: 'use {% if %} around the rest',
  render: 'one email is one template: put the text here',
  layout: 'one email is one template: put the layout here',
};

function refusalOf(name: string, at: number): Refusal {
  const instead = Object.hasOwn(tagAdvice, name) ? tagAdvice[name] : undefined;
  return new Refusal(at, `The tag {% ${name} %} is not supported${instead ? `: ${instead}` : ''}.`);
}
