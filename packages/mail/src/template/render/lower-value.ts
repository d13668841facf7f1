import {
  type FilteredValueToken,
  type PropertyAccessToken,
  type Token,
  TypeGuards,
  type Value,
} from 'liquidjs';
import { filters as rules } from './filters.ts';
import { LimitExceeded, Missing } from './missing.ts';
import type { Run } from './run.ts';
import type { Sink } from './sink.ts';
import { sinks } from './sinks.ts';
import { textLengthMax } from './text-filters.ts';
import { readProperty } from './value.ts';

/** Computes one value of a template. */
export type Evaluate = (run: Run) => unknown;

type FilterCall = FilteredValueToken['filters'][number];
type Chain = {
  initial: Pick<Value['initial'], 'postfix'>;
  filters: readonly Pick<FilterCall, 'name' | 'args'>[];
};

/** Turns a parsed Liquid value with its filters into one function. */
export function lowerValue({ initial, filters }: Chain): Evaluate {
  const [token] = initial.postfix;
  if (!token || initial.postfix.length > 1) throw new Error('a compiled template holds no operators');
  return filters.reduce((input, filter) => lowerFilter(input, filter), lowerToken(token));
}

/** Turns one operand into a function. */
export function lowerToken(token: Token): Evaluate {
  if (TypeGuards.isPropertyAccessToken(token)) return lowerAccess(token);
  if (isFilteredValue(token)) return lowerValue(token);
  const content = contentOf(token);
  return () => content;
}

/** LiquidJS exports no guard for this token; it is the only one with filters. */
function isFilteredValue(token: Token): token is FilteredValueToken {
  return 'filters' in token && 'initial' in token;
}

/** A literal's value; LiquidJS' `nil` is an object, here it is null. */
function contentOf(token: Token): unknown {
  const content = 'content' in token ? token.content : null;
  return typeof content === 'object' ? null : content;
}

function lowerAccess(token: PropertyAccessToken): Evaluate {
  const [first, ...rest] = token.props;
  if (token.variable) return lowerSteps(lowerToken(token.variable), token.props, '(…)');
  const root = first ? String(contentOf(first)) : '';
  return lowerSteps(lowerRoot(root), rest, root);
}

function lowerRoot(name: string): Evaluate {
  if (name === 'contact' || name === 'custom' || name === 'account') return ({ scope }) => scope[name];
  const missing = new Missing(name);
  return ({ variables }) => (name in variables ? variables[name] : missing);
}

function lowerSteps(object: Evaluate, props: readonly Token[], path: string): Evaluate {
  const [prop, ...rest] = props;
  if (!prop) return object;
  if (TypeGuards.isPropertyAccessToken(prop) || isFilteredValue(prop)) {
    const key = lowerToken(prop);
    const stepPath = `${path}[…]`;
    return lowerSteps((run) => readProperty(object(run), key(run), stepPath), rest, stepPath);
  }
  const key = contentOf(prop);
  const stepPath = typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`;
  return lowerSteps((run) => readProperty(object(run), key, stepPath), rest, stepPath);
}

function lowerFilter(input: Evaluate, { name, args }: Pick<FilterCall, 'name' | 'args'>): Evaluate {
  const sink = Object.hasOwn(sinks, name) ? sinks[name] : undefined;
  if (sink) return lowerSink(input, sink);
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (!rule) throw new Error(`unknown filter ${name}`);
  const evaluators = args.map((arg) => lowerArgument(arg));
  const { apply, isLenient } = rule;
  return (run) => {
    const value = input(run);
    if (!isLenient && value instanceof Missing) return value;
    const values = evaluators.map((evaluate) => evaluate(run));
    const absent = isLenient ? undefined : values.find((argument) => argument instanceof Missing);
    return absent ?? bounded(apply(value, ...values));
  };
}

/** Arguments given by name are written by nobody here: the translation puts all of them in order. */
function lowerArgument(arg: FilterCall['args'][number]): Evaluate {
  if (Array.isArray(arg)) throw new Error('a compiled template holds no named arguments');
  return lowerToken(arg);
}

function lowerSink(input: Evaluate, sink: Sink): Evaluate {
  return (run) => sink(input(run), run);
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string' && value.length > textLengthMax) throw new LimitExceeded();
  return value;
}
