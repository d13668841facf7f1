import type { Argument, Expression } from '../hubl/expression.ts';
import { Refusal } from '../hubl/refusal.ts';
import { emitString } from './emit-literal.ts';
import { filterAdvice, filterTable, needlessFilters, testTable } from './filter-table.ts';
import { loopNames, type Names, rootNames } from './names.ts';

/** A Liquid value and the filters after it, each with its arguments. */
export type Chain = Readonly<{ head: string; filters: readonly string[] }>;

export type EmitContext = { names: Names; contactProperties: Set<string> };

/** Puts the chain into one Liquid value, in parentheses where it has filters (LiquidJS: `groupedExpressions`). */
export function operandOf(chain: Chain): string {
  return chain.filters.length > 0 ? `(${textOf(chain)})` : chain.head;
}

export function textOf({ head, filters }: Chain): string {
  return [head, ...filters].join(' | ');
}

/**
 * Translates a HubL expression to Liquid. HubL's operators and tests become filters, so that there is no second
 * precedence to get wrong. Throws a Refusal where there is no translation.
 */
export function emitExpression(expression: Expression, context: EmitContext): Chain {
  const emit = (inner: Expression) => operandOf(emitExpression(inner, context));
  const { at } = expression;
  switch (expression.kind) {
    case 'literal':
      return { head: emitLiteral(expression.value), filters: [] };
    case 'list':
      return { head: '""', filters: [withArguments('list', expression.items.map(emit))] };
    case 'name':
      return { head: emitName(expression.name, at, context), filters: [] };
    case 'member':
      return { head: emitMember(expression, context), filters: [] };
    case 'call':
      return emitCall(expression, context);
    case 'filter':
      return emitFilter(expression, context);
    case 'test':
      return emitTest(expression, context);
    case 'binary':
      return append(
        expression.left,
        withArguments(operators[expression.operator], [emit(expression.right)]),
        context,
      );
    case 'not':
      return append(expression.operand, 'not', context);
    case 'negative':
      return append(expression.operand, 'negate', context);
    case 'choice':
      return append(
        expression.condition,
        withArguments('choose', [emit(expression.then), emit(expression.otherwise)]),
        context,
      );
  }
}

const operators = {
  '+': 'add',
  '-': 'minus',
  '*': 'times',
  '/': 'divided_by',
  '//': 'floor_divide',
  '%': 'modulo',
  '~': 'concat_text',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  in: 'is_in',
  and: 'and',
  or: 'or',
} as const;

function append(input: Expression, filter: string, context: EmitContext): Chain {
  const { head, filters } = emitExpression(input, context);
  return { head, filters: [...filters, filter] };
}

function withArguments(filter: string, args: readonly string[]): string {
  return args.length > 0 ? `${filter}: ${args.join(', ')}` : filter;
}

function emitLiteral(value: string | number | boolean | null): string {
  if (value === null) return 'nil';
  return typeof value === 'string' ? emitString(value) : String(value);
}

function emitName(name: string, at: number, { names }: EmitContext): string {
  if (name === 'custom') return name;
  if (rootNames.has(name)) throw new Refusal(at, `Name the property you mean: {{ ${name}.… }}.`);
  if (name === 'loop' || name === 'forloop')
    throw new Refusal(at, 'Name what you mean: loop.index, loop.first, loop.last.');
  return names.pathOf(name, at);
}

type Member = Extract<Expression, { kind: 'member' }>;

function emitMember(member: Member, context: EmitContext): string {
  const { object, key } = member;
  if (object.kind === 'name') {
    if (object.name === 'loop' || object.name === 'forloop') return emitLoopMember(key);
    if (object.name === 'contact') context.contactProperties.add(propertyName(key, 'contact'));
    if (object.name === 'account') propertyName(key, 'account');
    if (object.name === 'site_settings') return `account${emitKey(key, context)}`;
    if (rootNames.has(object.name)) return `${object.name}${emitKey(key, context)}`;
  }
  return `${operandOf(emitExpression(object, context))}${emitKey(key, context)}`;
}

function emitLoopMember(key: Expression): string {
  const name = key.kind === 'literal' ? String(key.value) : '';
  if (!Object.hasOwn(loopNames, name)) {
    throw new Refusal(
      key.at,
      `loop.${name} is not supported: there are ${Object.keys(loopNames).slice(0, 7).join(', ')}.`,
    );
  }
  return `forloop.${loopNames[name]}`;
}

/** `contact[x]` is refused: which stored properties a template reads must be known when it is published. */
function propertyName(key: Expression, root: string): string {
  if (key.kind === 'literal' && typeof key.value === 'string') return key.value;
  throw new Refusal(key.at, `Name the property: {{ ${root}.firstname }} or {{ ${root}["firstname"] }}.`);
}

function emitKey(key: Expression, context: EmitContext): string {
  if (key.kind === 'literal' && typeof key.value === 'string' && /^[A-Za-z_]\w*$/.test(key.value))
    return `.${key.value}`;
  return `[${operandOf(emitExpression(key, context))}]`;
}

type Call = Extract<Expression, { kind: 'call' }>;

const callAdvice: Readonly<Record<string, string>> = {
  now: 'pass the date in customProperties, so that a mail sent again is the same',
  today: 'pass the date in customProperties, so that a mail sent again is the same',
  local_dt: 'pass the date in customProperties',
  include_default_custom_css: 'write the styles into the template',
};

function emitCall({ callee, args, at }: Call, context: EmitContext): Chain {
  if (callee.kind === 'member' && callee.key.kind === 'literal') {
    const method = String(callee.key.value);
    const filter = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (filter) return append(callee.object, withArguments(filter, emitAll(args, context)), context);
    throw new Refusal(at, `.${method}() is not supported: use a filter, as in {{ x|upper }}.`);
  }
  const name = callee.kind === 'name' ? callee.name : '';
  if (name === 'personalization_token') return emitToken(args, at, context);
  if (name === 'range' && args.length > 0) return emitRange(args, context);
  const instead = Object.hasOwn(callAdvice, name) ? callAdvice[name] : undefined;
  throw new Refusal(at, `${name}() is not supported${instead ? `: ${instead}` : ''}.`);
}

const methods: Readonly<Record<string, string>> = {
  items: 'items',
  keys: 'keys',
  values: 'values',
  upper: 'upper',
  lower: 'lower',
  strip: 'trim',
  split: 'split',
  replace: 'replace',
};

function emitAll(args: readonly Argument[], context: EmitContext): string[] {
  return args.map(({ value }) => operandOf(emitExpression(value, context)));
}

function emitRange(args: readonly Argument[], context: EmitContext): Chain {
  const [first = '0', second, step] = emitAll(args, context);
  const [from, to] = second === undefined ? ['0', first] : [first, second];
  return { head: from, filters: [withArguments('range', step === undefined ? [to] : [to, step])] };
}

/** HubSpot's `personalization_token("contact.firstname", "there")`: the property, or the default where it is empty. */
function emitToken(args: readonly Argument[], at: number, context: EmitContext): Chain {
  const path = args[0]?.value;
  const match =
    path?.kind === 'literal' ? /^(contact|custom|account)\.(\w+)$/.exec(String(path.value)) : null;
  const [, root = '', property = ''] = match ?? [];
  if (!match) throw new Refusal(at, 'Write personalization_token("contact.property", "default").');
  if (root === 'contact') context.contactProperties.add(property);
  const fallback = args[1] ? operandOf(emitExpression(args[1].value, context)) : '""';
  return { head: `${root}.${property}`, filters: [`default: ${fallback}, true`] };
}

type Filter = Extract<Expression, { kind: 'filter' }>;

function emitFilter({ name, args, input, at }: Filter, context: EmitContext): Chain {
  if (needlessFilters.has(name)) return emitExpression(input, context);
  const call = Object.hasOwn(filterTable, name) ? filterTable[name] : undefined;
  if (!call) {
    const instead = Object.hasOwn(filterAdvice, name) ? filterAdvice[name] : undefined;
    throw new Refusal(at, `The filter “${name}” is not supported${instead ? `: ${instead}` : ''}.`);
  }
  const values = placeArguments(name, args, { ...call, at }).map((value) =>
    value ? operandOf(emitExpression(value, context)) : 'nil',
  );
  return append(input, withArguments(call.liquid, values), context);
}

/** Puts arguments given by name where they belong; refuses unknown names, too many and too few. */
function placeArguments(
  filter: string,
  args: readonly Argument[],
  { parameters, required, at }: { parameters: readonly string[]; required: number; at: number },
): (Expression | undefined)[] {
  const placed: (Expression | undefined)[] = [];
  for (const [index, { name, value }] of args.entries()) {
    const place = name === undefined ? index : parameters.indexOf(name);
    if (place === -1) throw new Refusal(value.at, `The filter “${filter}” has no argument “${name}”.`);
    if (place >= parameters.length)
      throw new Refusal(value.at, `Too many arguments for the filter “${filter}”.`);
    placed[place] = value;
  }
  if (placed.length < required)
    throw new Refusal(
      at,
      `The filter “${filter}” needs ${required === 1 ? 'an argument' : `${required} arguments`}.`,
    );
  return Array.from(placed);
}

type Test = Extract<Expression, { kind: 'test' }>;

function emitTest({ name, args, input, negated, at }: Test, context: EmitContext): Chain {
  const filter = Object.hasOwn(testTable, name) ? testTable[name] : undefined;
  if (!filter) {
    throw new Refusal(at, `“is ${name}” is not supported: there are ${Object.keys(testTable).join(', ')}.`);
  }
  const tested = append(input, withArguments(filter, emitAll(args, context)), context);
  return negated ? { head: tested.head, filters: [...tested.filters, 'not'] } : tested;
}
