import { BSONRegExp } from 'bson';
import { Refusal } from '../errors.ts';
import { isInt32 } from '../values/arithmetic.ts';
import { compareValues, equalValues, numericOf, rank, rankOf } from '../values/compare.ts';
import { identityOf } from '../values/identity.ts';

/** A test of one leaf of a document; a missing leaf is undefined. */
export type LeafTest = (leaf: unknown) => boolean;

/** Lists longer than this are tested by identity in a set instead of one by one. */
const setFrom = 8;

/** `$eq`, and a bare value: the leaf itself or, where it is an array, one of its elements. */
export function isEqualTo(value: unknown): LeafTest {
  if (value instanceof RegExp || value instanceof BSONRegExp) return matchesRegex(value);
  return orElement((leaf) => equalValues(leaf, value));
}

/** `$gt`, `$gte`, `$lt`, `$lte`: only values of the operand's own type compare. */
export function isOrdered(value: unknown, accepts: (order: number) => boolean): LeafTest {
  const type = rankOf(value);
  if (typeof value === 'number' && Number.isNaN(value))
    return orElement((leaf) => Object.is(leaf, value) && accepts(0));
  return orElement(
    (leaf) => rankOf(leaf) === type && !Number.isNaN(leaf) && accepts(compareValues(leaf, value)),
  );
}

/** `$in`: equal to one of the list, or matched by one of its regular expressions. */
export function isIn(list: unknown, operator = '$in'): LeafTest {
  if (!Array.isArray(list)) throw new Refusal('BadValue', `${operator} needs an array`);
  if (
    list.length <= setFrom ||
    list.some((value) => value instanceof RegExp || value instanceof BSONRegExp)
  ) {
    const tests = list.map(isEqualTo);
    return (leaf) => tests.some((test) => test(leaf));
  }
  const identities = new Set(list.map(identityOf));
  return orElement((leaf) => identities.has(identityOf(leaf)));
}

/** `$regex` with its `$options`. */
export function matchesRegex(pattern: unknown, options?: unknown): LeafTest {
  const regex = toRegExp(pattern, options);
  return orElement((leaf) => typeof leaf === 'string' && regex.test(leaf));
}

/** `$size`. */
export function hasSize(size: unknown): LeafTest {
  const count = Number(numericOf(size));
  if (!Number.isInteger(count) || count < 0) {
    throw new Refusal('BadValue', 'Failed to parse $size. Expected a non-negative integer');
  }
  return (leaf) => Array.isArray(leaf) && leaf.length === count;
}

/** `$mod: [divisor, remainder]`. */
export function hasRemainder(operand: unknown): LeafTest {
  if (!Array.isArray(operand) || operand.length !== 2) {
    throw new Refusal('BadValue', 'malformed mod, needs to be an array of two numbers');
  }
  const [divisor, remainder] = operand.map((value) => Math.trunc(Number(numericOf(value))));
  if (!divisor) throw new Refusal('BadValue', 'divisor cannot be 0');
  return orElement(
    (leaf) => rankOf(leaf) === rank.number && Math.trunc(Number(numericOf(leaf))) % divisor === remainder,
  );
}

/** `$type`, by number, by name or by a list of them. */
export function hasType(types: unknown): LeafTest {
  const names = (Array.isArray(types) ? types : [types]).map(typeNameOf);
  return (leaf) => leaf !== undefined && (isOfType(leaf, names) || hasElementOfType(leaf, names));
}

/** A test that also passes where the leaf is an array and one of its elements passes. */
function orElement(test: LeafTest): LeafTest {
  return (leaf) => test(leaf) || (Array.isArray(leaf) && leaf.some(test));
}

function toRegExp(pattern: unknown, options: unknown): RegExp {
  const source =
    pattern instanceof RegExp ? pattern.source : pattern instanceof BSONRegExp ? pattern.pattern : pattern;
  const own =
    pattern instanceof RegExp ? pattern.flags : pattern instanceof BSONRegExp ? pattern.options : '';
  const flags = typeof options === 'string' ? options : own;
  if (typeof source !== 'string') throw new Refusal('BadValue', '$regex has to be a string');
  if (!/^[imsu]*$/.test(flags))
    throw new Refusal('BadValue', `invalid or unsupported flag in regex options: ${flags}`);
  try {
    return new RegExp(source, flags);
  } catch {
    throw new Refusal('BadValue', `Regular expression is invalid: ${source}`);
  }
}

const typeNames: Readonly<Record<string, string>> = {
  '-1': 'minKey',
  '1': 'double',
  '2': 'string',
  '3': 'object',
  '4': 'array',
  '5': 'binData',
  '7': 'objectId',
  '8': 'bool',
  '9': 'date',
  '10': 'null',
  '11': 'regex',
  '13': 'javascript',
  '16': 'int',
  '17': 'timestamp',
  '18': 'long',
  '19': 'decimal',
  '127': 'maxKey',
};
const knownNames: ReadonlySet<string> = new Set([...Object.values(typeNames), 'number']);

function typeNameOf(type: unknown): string {
  const name = typeof type === 'string' ? type : typeNames[String(numericOf(type))];
  if (name === undefined || !knownNames.has(name))
    throw new Refusal('BadValue', `Unknown type name alias: ${name ?? type}`);
  return name;
}

function hasElementOfType(leaf: unknown, names: string[]): boolean {
  return Array.isArray(leaf) && leaf.some((element) => isOfType(element, names));
}

function isOfType(value: unknown, names: string[]): boolean {
  const type = nameOfType(value);
  return names.includes(type) || (names.includes('number') && rankOf(value) === rank.number);
}

const nameByRank: Readonly<Record<number, string>> = {
  [rank.minKey]: 'minKey',
  [rank.null]: 'null',
  [rank.string]: 'string',
  [rank.object]: 'object',
  [rank.array]: 'array',
  [rank.binary]: 'binData',
  [rank.objectId]: 'objectId',
  [rank.boolean]: 'bool',
  [rank.date]: 'date',
  [rank.timestamp]: 'timestamp',
  [rank.regex]: 'regex',
  [rank.code]: 'javascript',
  [rank.maxKey]: 'maxKey',
};

/** The alias of a stored value's BSON type, as `$type` and error messages name it. */
export function nameOfType(value: unknown): string {
  if (typeof value === 'bigint') return 'long';
  if (rankOf(value) !== rank.number) return nameByRank[rankOf(value)] ?? 'object';
  if (
    typeof value === 'object' &&
    value !== null &&
    '_bsontype' in value &&
    value._bsontype === 'Decimal128'
  ) {
    return 'decimal';
  }
  return isInt32(value) ? 'int' : 'double';
}
