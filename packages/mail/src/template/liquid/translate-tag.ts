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

/** Translates the tags of one template in order, and keeps what is open between them. */
export function createTagTranslator(context: EmitContext) {
  const open: Open[] = [];
  let blocks = 0;

  function translate(segment: Segment): TagPiece {
    const reader = readerOf(segment);
    const { text: name, at } = reader.expectName('the name of a tag');
    const known = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!known) throw refusalOf(name, at);
    const piece = known(reader, at);
    reader.expectEnd();
    const [left, right] = [segment.trimsBefore ? '{%-' : '{%', segment.trimsAfter ? '-%}' : '%}'];
    return { ...piece, kind: 'tag', name, liquid: `${left} ${piece.liquid} ${right}` };
  }

  type Reader = (reader: TokenReader, at: number) => { liquid: string; block?: number };

  const readers: Readonly<Record<string, Reader>> = {
    if: (reader, at) => openBlock('if', at, `if ${condition(reader)}`),
    unless: (reader, at) => openBlock('unless', at, `if ${condition(reader, 'not')}`),
    for: (reader, at) => openFor(reader, at),
    elif: (reader, at) => branch(at, `elsif ${condition(reader)}`),
    elseif: (reader, at) => branch(at, `elsif ${condition(reader)}`),
    elsif: (reader, at) => branch(at, `elsif ${condition(reader)}`),
    else: (_, at) => otherwise(at),
    endif: (_, at) => closeBlock('if', at),
    endunless: (_, at) => closeBlock('unless', at),
    endfor: (_, at) => closeBlock('for', at),
    set: assign,
    assign,
  };

  function condition(reader: TokenReader, ...filters: string[]): string {
    const { head, filters: own } = emitExpression(parseExpression(reader), context);
    return textOf({ head, filters: [...own, ...filters] });
  }

  function openBlock(name: Open['name'], at: number, liquid: string) {
    if (open.length >= nestingMax) throw new Refusal(at, `More than ${nestingMax} tags inside one another.`);
    blocks += 1;
    open.push({ name, id: blocks, at, hasElse: false });
    context.names = new Names(context.names);
    return { liquid, block: blocks };
  }

  function openFor(reader: TokenReader, at: number) {
    const variable = reader.expectName('the name of the loop variable');
    const second = reader.accept(',') ? reader.expectName('the name of the second loop variable') : undefined;
    reader.expect('in');
    const collection = emitExpression(parseExpression(reader), context);
    const item = second ? `${variable.text}_and_${second.text}` : variable.text;
    const block = openBlock('for', at, `for ${item} in ${operandOf(collection)}`);
    context.names.declare(variable.text, variable.at, second ? `${item}[0]` : item);
    if (second) context.names.declare(second.text, second.at, `${item}[1]`);
    return block;
  }

  function innermost(at: number, what: string): Open {
    const block = open.at(-1);
    if (!block) throw new Refusal(at, `${what} stands outside any {% if %} or {% for %}.`);
    return block;
  }

  function branch(at: number, liquid: string) {
    const block = innermost(at, '{% elif %}');
    if (block.name === 'for')
      throw new Refusal(at, '{% elif %} belongs to {% if %}, but {% for %} is open here.');
    if (block.hasElse) throw new Refusal(at, '{% elif %} must stand before {% else %}.');
    return { liquid, block: block.id };
  }

  function otherwise(at: number) {
    const block = innermost(at, '{% else %}');
    if (block.hasElse) throw new Refusal(at, 'This {% else %} is the second one.');
    block.hasElse = true;
    return { liquid: 'else', block: block.id };
  }

  function closeBlock(name: Open['name'], at: number) {
    const block = innermost(at, `{% end${name} %}`);
    if (block.name !== name) throw new Refusal(at, `Expected {% end${block.name} %} here.`);
    open.pop();
    context.names = context.names.outer ?? context.names;
    return { liquid: name === 'for' ? 'endfor' : 'endif', block: block.id };
  }

  /** What is set inside an `if` or `for` stays set after it: templates rely on it, and Liquid does so too. */
  function assign(reader: TokenReader, at: number) {
    const variable = reader.expectName('a name');
    if (!reader.accept('='))
      throw new Refusal(at, 'Write {% set name = value %}; the form with {% endset %} is not supported.');
    const value: Expression = parseExpression(reader);
    const chain: Chain = emitExpression(value, context);
    let outermost = context.names;
    while (outermost.outer) outermost = outermost.outer;
    outermost.declare(variable.text, variable.at);
    return { liquid: `assign ${variable.text} = ${textOf(chain)}` };
  }

  function finish(): void {
    const block = open.at(-1);
    if (block)
      throw new Refusal(block.at, `{% ${block.name} %} is never closed: add {% end${block.name} %}.`);
  }

  return { translate, finish, context, readerOf };
}

function readerOf(segment: Segment): TokenReader {
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
