import type { Argument, BinaryOperator, Expression } from './expression.ts';
import { parsePostfix } from './parse-postfix.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads one expression, `a if b else c` included. Throws a Refusal that says what was expected. */
export function parseExpression(reader: TokenReader): Expression {
  return reader.nested(() => parseChoice(reader));
}

function parseChoice(reader: TokenReader): Expression {
  const then = parseOr(reader);
  if (!reader.accept('if')) return then;
  const condition = parseOr(reader);
  const otherwise: Expression = reader.accept('else')
    ? parseExpression(reader)
    : { kind: 'literal', at: then.at, value: '' };
  return { kind: 'choice', at: then.at, condition, then, otherwise };
}

function parseOr(reader: TokenReader): Expression {
  return parseLeft(reader, { or: 'or', '||': 'or' }, parseAnd);
}

function parseAnd(reader: TokenReader): Expression {
  return parseLeft(reader, { and: 'and', '&&': 'and' }, parseNot);
}

function parseNot(reader: TokenReader): Expression {
  const { at } = reader.peek();
  if (!reader.accept('not') && !reader.accept('!')) return parseComparison(reader);
  return { kind: 'not', at, operand: reader.nested(() => parseNot(reader)) };
}

const comparisons = { '==': '==', '!=': '!=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function parseComparison(reader: TokenReader): Expression {
  const left = parseLeft(reader, comparisons, parseSum);
  const isNegated = reader.is('not') && reader.is('in', 1);
  if (isNegated) reader.take();
  if (!reader.accept('in')) return left;
  const found: Expression = { kind: 'binary', at: left.at, operator: 'in', left, right: parseSum(reader) };
  return isNegated ? { kind: 'not', at: left.at, operand: found } : found;
}

function parseSum(reader: TokenReader): Expression {
  return parseLeft(reader, { '+': '+', '-': '-', '~': '~' }, parseProduct);
}

function parseProduct(reader: TokenReader): Expression {
  return parseLeft(reader, { '*': '*', '/': '/', '//': '//', '%': '%' }, parseValue);
}

function parseValue(reader: TokenReader): Expression {
  return parsePostfix(reader, { parseExpression, parseArguments });
}

/** Reads operands joined by operators of one rank, from the left. */
function parseLeft(
  reader: TokenReader,
  operators: Readonly<Record<string, BinaryOperator>>,
  parseOperand: (reader: TokenReader) => Expression,
): Expression {
  let left = parseOperand(reader);
  for (let length = 0; ; length += 1) {
    const { kind, text } = reader.peek();
    const operator = kind === 'string' || !Object.hasOwn(operators, text) ? undefined : operators[text];
    if (!operator) return left;
    if (length > 100) throw reader.unexpected('an expression of at most 100 operators');
    reader.take();
    left = { kind: 'binary', at: left.at, operator, left, right: parseOperand(reader) };
  }
}

/** Reads `a, name=b` up to and with `)`; the `(` is already taken. */
function parseArguments(reader: TokenReader): Argument[] {
  const args: Argument[] = [];
  while (!reader.accept(')')) {
    if (args.length > 0) reader.expect(',');
    if (reader.accept(')')) break;
    args.push(parseArgument(reader));
  }
  return args;
}

function parseArgument(reader: TokenReader): Argument {
  if (reader.peek().kind !== 'name' || !reader.is('=', 1)) return { value: parseExpression(reader) };
  const name = reader.take().text;
  reader.take();
  return { name, value: parseExpression(reader) };
}
