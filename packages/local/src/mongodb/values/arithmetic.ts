import { Double } from 'bson';
import { numericOf } from './compare.ts';

type Operation = { onInteger: (a: bigint, b: bigint) => bigint; onDouble: (a: number, b: number) => number };

/** Adds two BSON numbers with MongoDB's result types: int32 widens to int64, a double makes a double. */
export function add(a: unknown, b: unknown): unknown {
  return calculate(a, b, { onInteger: (x, y) => x + y, onDouble: (x, y) => x + y });
}

/** Multiplies two BSON numbers, with the same result types as `add`. */
export function multiply(a: unknown, b: unknown): unknown {
  return calculate(a, b, { onInteger: (x, y) => x * y, onDouble: (x, y) => x * y });
}

/** Tells a value that is stored as int32. */
export function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value && !Object.is(value, -0);
}

function calculate(a: unknown, b: unknown, { onInteger, onDouble }: Operation): unknown {
  if (isInt32(a) && isInt32(b)) {
    const result = onDouble(a, b);
    return isInt32(result) ? result : onInteger(BigInt(a), BigInt(b));
  }
  if (isInteger(a) && isInteger(b)) return BigInt.asIntN(64, onInteger(BigInt(a), BigInt(b)));
  return asDouble(onDouble(Number(numericOf(a)), Number(numericOf(b))));
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || isInt32(value);
}

function asDouble(value: number): number | Double {
  return isInt32(value) ? new Double(value) : value;
}
