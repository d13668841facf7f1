import { type FilterRule, lenient, strict } from './filter-rule.ts';
import { Missing, RenderFailure } from './missing.ts';
import { isNone, isPlainObject, isTruthy, numberOrNaN, toList, toNumber, toText } from './value.ts';

/** Operators, tests and `default`. Conditions may ask about what is missing; that is what they are for. */
export const logicFilters: Readonly<Record<string, FilterRule>> = {
  default: lenient((input, fallback, whenFalsy) => {
    return isNone(input) || (isTruthy(whenFalsy) && !isTruthy(input)) ? fallback : input;
  }),
  and: lenient((left, right) => (isTruthy(left) ? right : left)),
  or: lenient((left, right) => (isTruthy(left) ? left : right)),
  not: lenient((input) => !isTruthy(input)),
  choose: lenient((condition, then, otherwise) => (isTruthy(condition) ? then : otherwise)),
  eq: lenient(isEqual),
  ne: lenient((left, right) => !isEqual(left, right)),
  lt: lenient((left, right) => compare(left, right) < 0),
  le: lenient((left, right) => compare(left, right) <= 0),
  gt: lenient((left, right) => compare(left, right) > 0),
  ge: lenient((left, right) => compare(left, right) >= 0),
  is_in: lenient((item, collection) => contains(collection, item)),
  contains: lenient(contains),
  is_defined: lenient((input) => !(input instanceof Missing)),
  is_undefined: lenient((input) => input instanceof Missing),
  is_none: lenient(isNone),
  is_string: lenient((input) => typeof input === 'string'),
  is_number: lenient((input) => typeof input === 'number'),
  is_boolean: lenient((input) => typeof input === 'boolean'),
  is_mapping: lenient(isPlainObject),
  is_sequence: lenient((input) => Array.isArray(input)),
  is_truthy: lenient(isTruthy),
  is_odd: strict((input) => Math.abs(toNumber(input)) % 2 === 1),
  is_even: strict((input) => toNumber(input) % 2 === 0),
  is_divisible_by: strict((input, divisor) => toNumber(input) % nonZero(divisor) === 0),
};

/** Refuses to divide by nothing. */
export function nonZero(value: unknown): number {
  const number = toNumber(value);
  if (number === 0) throw new RenderFailure('the template divides by zero');
  return number;
}

/** HubL's equality: contact properties are texts, so "3" equals 3 and "true" equals true. */
function isEqual(left: unknown, right: unknown): boolean {
  if (isNone(left) || isNone(right)) return isNone(left) && isNone(right);
  if (typeof left === 'boolean' || typeof right === 'boolean') return isTruthy(left) === isTruthy(right);
  if (typeof left === 'number' || typeof right === 'number') return numberOrNaN(left) === numberOrNaN(right);
  if (typeof left === 'string' && typeof right === 'string') return left === right;
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Negative, zero or positive; NaN, which is none of them, where the two have no order. */
function compare(left: unknown, right: unknown): number {
  if (isNone(left) || isNone(right)) return Number.NaN;
  const difference = numberOrNaN(left) - numberOrNaN(right);
  if (!Number.isNaN(difference)) return difference;
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function contains(collection: unknown, item: unknown): boolean {
  if (typeof collection === 'string') return !isNone(item) && collection.includes(toText(item));
  return toList(collection).some((candidate) => isEqual(candidate, item));
}
