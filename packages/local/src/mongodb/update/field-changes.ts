import { Refusal } from '../errors.ts';
import { nameOfType } from '../query/predicates.ts';
import { add, multiply } from '../values/arithmetic.ts';
import { compareValues, rank, rankOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import type { Change } from './rewrite.ts';

/** `$set`: a value that equals the old one, of the same type, changes nothing. */
export function setTo(value: unknown): Change {
  return (old) => (isIdentical(old, value) ? old : value);
}

/** `$inc`: a missing field starts at the amount. */
export function incrementBy(amount: unknown): Change {
  if (rankOf(amount) !== rank.number) {
    throw new Refusal(
      'TypeMismatch',
      `Cannot increment with non-numeric argument of type ${nameOfType(amount)}`,
    );
  }
  return (old) => (old === undefined ? amount : keepEqual(old, add(numberIn('$inc', old), amount)));
}

/** `$mul`: a missing field becomes 0. */
export function multiplyBy(factor: unknown): Change {
  if (rankOf(factor) !== rank.number) {
    throw new Refusal(
      'TypeMismatch',
      `Cannot multiply with non-numeric argument of type ${nameOfType(factor)}`,
    );
  }
  return (old) => keepEqual(old, multiply(old === undefined ? 0 : numberIn('$mul', old), factor));
}

/** `$min`. */
export function lowerTo(value: unknown): Change {
  return (old) => (old === undefined || compareValues(value, old) < 0 ? value : old);
}

/** `$max`. */
export function raiseTo(value: unknown): Change {
  return (old) => (old === undefined || compareValues(value, old) > 0 ? value : old);
}

/** `$currentDate`: the server's time; timestamps are refused. */
export function setToNow(operand: unknown, nowMs: () => number): Change {
  if (isDoc(operand) && operand['$type'] === 'timestamp') {
    throw new Refusal('BadValue', "$currentDate with { $type: 'timestamp' } is not supported by this server");
  }
  return () => new Date(nowMs());
}

/** `$bit: { and | or | xor: integer }`. */
export function changeBits(operand: unknown): Change {
  if (!isDoc(operand))
    throw new Refusal('BadValue', 'The $bit modifier is not compatible with a non-object argument');
  const operations = Object.entries(operand).map(([name, mask]) => bitOperation(name, Number(mask)));
  return (old) =>
    operations.reduce((value, operation) => operation(value), old === undefined ? 0 : Number(old));
}

function bitOperation(name: string, mask: number): (value: number) => number {
  switch (name) {
    case 'and':
      return (value) => value & mask;
    case 'or':
      return (value) => value | mask;
    case 'xor':
      return (value) => value ^ mask;
    default:
      throw new Refusal('BadValue', `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
  }
}

function numberIn(operator: string, old: unknown): unknown {
  if (rankOf(old) === rank.number) return old;
  throw new Refusal(
    'TypeMismatch',
    `Cannot apply ${operator} to a value of non-numeric type ${nameOfType(old)}`,
  );
}

function keepEqual(old: unknown, value: unknown): unknown {
  return isIdentical(old, value) ? old : value;
}

/** Equal and of the same BSON type; for documents, which may hold numbers of other types, never. */
function isIdentical(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return nameOfType(a) === nameOfType(b) && compareValues(a, b) === 0 && haveSameNumbers(a, b);
}

function haveSameNumbers(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.every((value, i) => haveSameNumbers(value, b[i]));
  if (isDoc(a) && isDoc(b)) return Object.keys(a).every((name) => haveSameNumbers(a[name], fieldIn(b, name)));
  return typeof a === typeof b;
}

function fieldIn(doc: Doc, name: string): unknown {
  return doc[name];
}
