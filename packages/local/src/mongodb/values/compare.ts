import { Decimal128, Double, Long } from 'bson';
import { type Doc, isDoc } from './doc.ts';

/** The place of each BSON type in MongoDB's comparison order (manual: "BSON Types, Comparison/Sort Order"). */
export const rank = {
  minKey: 0,
  null: 1,
  number: 2,
  string: 3,
  object: 4,
  array: 5,
  binary: 6,
  objectId: 7,
  boolean: 8,
  date: 9,
  timestamp: 10,
  regex: 11,
  code: 12,
  maxKey: 13,
} as const;

const rankByBsonType: Readonly<Record<string, number>> = {
  MinKey: rank.minKey,
  Double: rank.number,
  Int32: rank.number,
  Long: rank.number,
  Decimal128: rank.number,
  Binary: rank.binary,
  ObjectId: rank.objectId,
  Timestamp: rank.timestamp,
  BSONRegExp: rank.regex,
  Code: rank.code,
  DBRef: rank.object,
  MaxKey: rank.maxKey,
};

/** The rank of a value's type; a missing field ranks as null. */
export function rankOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return rank.string;
    case 'number':
    case 'bigint':
      return rank.number;
    case 'boolean':
      return rank.boolean;
    case 'object':
      return rankOfObject(value);
    default:
      return rank.null;
  }
}

function rankOfObject(value: object | null): number {
  if (value === null) return rank.null;
  if (Array.isArray(value)) return rank.array;
  if (value instanceof Date) return rank.date;
  if (value instanceof RegExp) return rank.regex;
  if (isDoc(value)) return rank.object;
  return '_bsontype' in value && typeof value._bsontype === 'string'
    ? (rankByBsonType[value._bsontype] ?? rank.object)
    : rank.object;
}

/** The value of any BSON number as one that JavaScript compares exactly. */
export function numericOf(value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Double) return value.value;
  if (value instanceof Long) return value.toBigInt();
  if (value instanceof Decimal128) return Number(value.toString());
  return Number(value);
}

/**
 * Compares two values in MongoDB's order: by type, then by value. Negative, zero or positive.
 *
 * Strings compare by code point, which is the order of MongoDB's UTF-8 bytes.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b);
  const rankA = rankOf(a);
  const rankB = rankOf(b);
  if (rankA !== rankB) return rankA - rankB;
  return compareSameRank(rankA, a, b);
}

/** Equality as MongoDB's `$eq`: 1, 1.0 and a long 1 are equal, and the fields of documents have an order. */
export function equalValues(a: unknown, b: unknown): boolean {
  return a === b || compareValues(a, b) === 0;
}

function compareSameRank(of: number, a: unknown, b: unknown): number {
  switch (of) {
    case rank.number:
      return compareNumbers(numericOf(a), numericOf(b));
    case rank.boolean:
    case rank.date:
      return Number(a) - Number(b);
    case rank.object:
      return compareDocs(entriesOf(a), entriesOf(b));
    case rank.array:
      return Array.isArray(a) && Array.isArray(b) ? compareArrays(a, b) : 0;
    case rank.binary:
      return compareBinary(bytesOf(a), bytesOf(b));
    case rank.objectId:
      return Buffer.compare(bytesOf(a).bytes, bytesOf(b).bytes);
    case rank.timestamp:
      return compareNumbers(BigInt(String(a)), BigInt(String(b)));
    case rank.regex:
    case rank.code:
      return compareText(textOf(a), textOf(b));
    default:
      return 0;
  }
}

/** NaN is below every other number and equal to itself. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

/** JavaScript compares UTF-16 units, in which a surrogate, half of a character beyond the basic plane, is below U+E000. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitA !== unitB) return placeOf(unitA) - placeOf(unitB);
  }
  return a.length - b.length;
}

function placeOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareDocs(a: [string, unknown][], b: [string, unknown][]): number {
  for (const [i, [nameA, valueA]] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order =
      rankOf(valueA) - rankOf(other[1]) || compareText(nameA, other[0]) || compareValues(valueA, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareBinary(a: Bytes, b: Bytes): number {
  return a.bytes.length - b.bytes.length || a.subType - b.subType || Buffer.compare(a.bytes, b.bytes);
}

type Bytes = { bytes: Uint8Array; subType: number };

/** The bytes of a binary value or an ObjectId. */
export function bytesOf(value: unknown): Bytes {
  if (typeof value !== 'object' || value === null) return { bytes: new Uint8Array(), subType: 0 };
  if ('sub_type' in value && 'value' in value && typeof value.value === 'function') {
    return { bytes: value.value(), subType: Number(value.sub_type) };
  }
  return { bytes: 'id' in value && value.id instanceof Uint8Array ? value.id : new Uint8Array(), subType: 0 };
}

/** The fields of a document, or of what is stored as one. */
export function entriesOf(value: unknown): [string, unknown][] {
  if (isDoc(value)) return Object.entries<unknown>(value satisfies Doc);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A regular expression or code as one text. */
export function textOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'pattern' in value && 'options' in value) {
    return `/${value.pattern}/${value.options}`;
  }
  return typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : String(value);
}
