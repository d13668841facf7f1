import { Refusal } from '../errors.ts';
import { compileFilter, elementMatcher, isOperatorDoc } from '../query/filter.ts';
import { isEqualTo, nameOfType } from '../query/predicates.ts';
import { compareBy, parseSort } from '../query/sort.ts';
import { compareValues, equalValues, numericOf } from '../values/compare.ts';
import { isDoc } from '../values/doc.ts';
import { identityOf } from '../values/identity.ts';
import type { Change } from './rewrite.ts';

/** `$push`, with `$each`, `$position`, `$slice` and `$sort`. */
export function push(operand: unknown): Change {
  if (!isDoc(operand) || !('$each' in operand)) return (old) => [...arrayIn('$push', old), operand];
  const { $each, $position, $slice, $sort, ...unknown } = operand;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) throw new Refusal('BadValue', `Unrecognized clause in $push: ${surplus}`);
  const values = listOf('$push', $each);
  const order = $sort === undefined ? undefined : elementOrder($sort);

  return (old) => {
    const array = arrayIn('$push', old);
    const at = $position === undefined ? array.length : Number(numericOf($position));
    const spliced = array.toSpliced(at, 0, ...values);
    const ordered = order ? spliced.sort(order) : spliced;
    return $slice === undefined ? ordered : sliced(ordered, Number(numericOf($slice)));
  };
}

/** `$addToSet`, with `$each`; an array that has them all stays as it is. */
export function addToSet(operand: unknown): Change {
  const isList = isDoc(operand) && '$each' in operand;
  const values = isList ? listOf('$addToSet', operand['$each']) : [operand];
  return (old) => {
    const array = arrayIn('$addToSet', old);
    const known = new Set(array.map(identityOf));
    const added = values.filter((value) => {
      const identity = identityOf(value);
      return !known.has(identity) && known.add(identity);
    });
    return added.length === 0 && old !== undefined ? old : [...array, ...added];
  };
}

/** `$pull`: takes out what equals the operand or meets its condition. */
export function pull(condition: unknown): Change {
  return without('$pull', pulledBy(condition));
}

/** `$pullAll`. */
export function pullAll(operand: unknown): Change {
  const values = listOf('$pullAll', operand);
  return without('$pullAll', (element) => values.some((value) => equalValues(element, value)));
}

/** `$pop`: 1 takes the last element, -1 the first. */
export function pop(operand: unknown): Change {
  const end = Number(numericOf(operand));
  if (end !== 1 && end !== -1)
    throw new Refusal('FailedToParse', `$pop expects 1 or -1, found: ${String(operand)}`);
  return (old) => {
    if (old === undefined) return undefined;
    const array = arrayIn('$pop', old);
    if (array.length === 0) return old;
    return end === 1 ? array.slice(0, -1) : array.slice(1);
  };
}

function without(operator: string, isTaken: (element: unknown) => boolean): Change {
  return (old) => {
    if (old === undefined) return undefined;
    const array = arrayIn(operator, old);
    const kept = array.filter((element) => !isTaken(element));
    return kept.length === array.length ? old : kept;
  };
}

function pulledBy(condition: unknown): (element: unknown) => boolean {
  if (isOperatorDoc(condition)) return elementMatcher(condition);
  if (isDoc(condition)) {
    const matches = compileFilter(condition);
    return (element) => isDoc(element) && matches(element);
  }
  return condition instanceof RegExp ? isEqualTo(condition) : (element) => equalValues(element, condition);
}

function elementOrder(sort: unknown): (a: unknown, b: unknown) => number {
  if (!isDoc(sort)) {
    const direction = Number(numericOf(sort));
    return (a, b) => compareValues(a, b) * direction;
  }
  const compare = compareBy(parseSort(sort));
  return (a, b) => compare(isDoc(a) ? a : {}, isDoc(b) ? b : {});
}

function sliced(array: unknown[], count: number): unknown[] {
  return count >= 0 ? array.slice(0, count) : array.slice(count);
}

function arrayIn(operator: string, old: unknown): unknown[] {
  if (old === undefined) return [];
  if (Array.isArray(old)) return old;
  throw new Refusal('BadValue', `${operator}: the field must be an array but is of type ${nameOfType(old)}`);
}

function listOf(operator: string, operand: unknown): unknown[] {
  if (Array.isArray(operand)) return operand;
  throw new Refusal(
    'BadValue',
    `The argument to $each in ${operator} must be an array but it was of type ${nameOfType(operand)}`,
  );
}
