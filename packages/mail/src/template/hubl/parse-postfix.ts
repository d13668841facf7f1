import type { Argument, Expression } from './expression.ts';
import { Refusal } from './refusal.ts';
import type { TokenReader } from './token-reader.ts';

type Parsers = Readonly<{
  parseExpression: (reader: TokenReader) => Expression;
  parseArguments: (reader: TokenReader) => Argument[];
}>;

/** Longest chain of `.name`, `[key]`, calls, filters and tests on one value. */
const chainMax = 50;

/** Reads a value and what follows it: `.name`, `[key]`, `(…)`, `|filter`, `is test`. */
export function parsePostfix(reader: TokenReader, parsers: Parsers): Expression {
  let value = parseSigned(reader, parsers);
  for (let length = 0; ; length += 1) {
    const next = parseSuffix(reader, value, parsers);
    if (!next) return value;
    if (length > chainMax) throw new Refusal(value.at, `More than ${chainMax} steps in one expression.`);
    value = next;
  }
}

function parseSuffix(reader: TokenReader, input: Expression, parsers: Parsers): Expression | undefined {
  const { at } = input;
  if (reader.accept('.')) return { kind: 'member', at, object: input, key: parseKey(reader) };
  if (reader.accept('[')) {
    const key = parsers.parseExpression(reader);
    reader.expect(']');
    return { kind: 'member', at, object: input, key };
  }
  if (reader.accept('(')) return { kind: 'call', at, callee: input, args: parsers.parseArguments(reader) };
  if (reader.is('|')) return parseFilter(reader, input, parsers);
  if (reader.accept('is')) return parseTest(reader, input, parsers);
  return undefined;
}

function parseKey(reader: TokenReader): Expression {
  const token = reader.peek();
  if (token.kind === 'number') return { kind: 'literal', at: token.at, value: Number(reader.take().text) };
  return { kind: 'literal', at: token.at, value: reader.expectName('a property name after “.”').text };
}

/** HubL's `|name(a, b)` or Liquid's `| name: a, b`. */
function parseFilter(reader: TokenReader, input: Expression, parsers: Parsers): Expression {
  reader.take();
  const { text: name, at } = reader.expectName('a filter name after “|”');
  if (reader.accept('(')) return { kind: 'filter', at, input, name, args: parsers.parseArguments(reader) };
  const args: Argument[] = [];
  if (reader.accept(':')) {
    do args.push({ value: parseSigned(reader, parsers) });
    while (reader.accept(','));
    // Liquid's own `default` also replaces what is empty or false; HubL's does so only when told.
    if (name === 'default' && args.length === 1) args.push({ value: { kind: 'literal', at, value: true } });
  }
  return { kind: 'filter', at, input, name, args };
}

/** A value with its sign, before any filter: `-3|abs` is 3. It is also an argument in Liquid's spelling. */
function parseSigned(reader: TokenReader, parsers: Parsers): Expression {
  const { at } = reader.peek();
  if (reader.accept('-')) {
    const operand = reader.nested(() => parseSigned(reader, parsers));
    if (operand.kind === 'literal' && typeof operand.value === 'number')
      return { ...operand, value: -operand.value };
    return { kind: 'negative', at, operand };
  }
  let value = parsePrimary(reader, parsers);
  for (let length = 0; reader.is('.') || reader.is('['); length += 1) {
    if (length > chainMax) throw new Refusal(value.at, `More than ${chainMax} steps in one expression.`);
    value = parseSuffix(reader, value, parsers) ?? value;
  }
  return value;
}

function parseTest(reader: TokenReader, input: Expression, parsers: Parsers): Expression {
  const negated = reader.accept('not');
  const { text: name, at } = reader.expectName('a test after “is”');
  const args = reader.accept('(') ? parsers.parseArguments(reader) : [];
  return { kind: 'test', at, input, name, args, negated };
}

const constants: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  null: null,
  nil: null,
};

function parsePrimary(reader: TokenReader, parsers: Parsers): Expression {
  const token = reader.peek();
  const { at, text } = token;
  if (token.kind === 'string') return { kind: 'literal', at, value: reader.take().text };
  if (token.kind === 'number') return { kind: 'literal', at, value: Number(reader.take().text) };
  if (token.kind === 'name') {
    reader.take();
    if (Object.hasOwn(constants, text)) return { kind: 'literal', at, value: constants[text] ?? null };
    return { kind: 'name', at, name: text };
  }
  if (reader.accept('(')) {
    const inner = parsers.parseExpression(reader);
    reader.expect(')');
    return inner;
  }
  if (reader.accept('[')) return { kind: 'list', at, items: parseItems(reader, parsers) };
  if (text === '{')
    throw new Refusal(at, 'A dictionary cannot be written here: pass it in customProperties.');
  throw reader.unexpected('expected a value');
}

function parseItems(reader: TokenReader, parsers: Parsers): Expression[] {
  const items: Expression[] = [];
  while (!reader.accept(']')) {
    if (items.length > 0) reader.expect(',');
    if (reader.accept(']')) break;
    items.push(parsers.parseExpression(reader));
  }
  return items;
}
