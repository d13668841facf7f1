import type { SortKey } from '../query/sort.ts';
import { rankOf } from '../values/compare.ts';
import { type KeyWriter, typeByteOf } from '../values/key-bytes.ts';
import type { Bound, Constraint } from './constraints.ts';

/** A stretch of an index: equal on its first keys, in a range on the next. */
export type Interval = Readonly<{ equal: readonly unknown[]; range?: Range }>;
export type Range = Readonly<{ lower?: Bound; upper?: Bound }>;

/** An interval in bytes: keys from `from`, which belongs to it, to `to`, which does not. */
export type KeyBounds = Readonly<{ from: Uint8Array; to: Uint8Array }>;

/** The range of a constraint. A multikey index takes one end only: two ends may be met by two elements. */
export function rangeOf({ lower, upper }: Constraint, isMultikey: boolean): Range | undefined {
  if (lower && isMultikey) return { lower };
  if (lower || upper) return { ...(lower && { lower }), ...(upper && { upper }) };
  return undefined;
}

/** The interval as bytes, for an index on `keys`. */
export function boundsOf({ equal, range }: Interval, keys: readonly SortKey[], writer: KeyWriter): KeyBounds {
  const directions = keys.map(({ direction }) => direction);
  const prefix = writer.encode(equal, directions);
  const direction = directions[equal.length] ?? 1;
  if (!range) return { from: prefix, to: behind(prefix) };
  const { lower, upper } = range;
  const [first, last] = direction === 1 ? [lower, upper] : [upper, lower];
  const encode = ({ value }: Bound) => joined(prefix, writer.encode([value], [direction]));
  // A range holds values of its bounds' type only, as MongoDB's comparison operators do.
  const type = typeByteOf(rankOf((lower ?? upper)?.value));
  const typeByte = direction === 1 ? type : ~type & 0xff;
  return {
    from: first ? placeAt(encode(first), !first.isInclusive) : joined(prefix, [typeByte]),
    to: last ? placeAt(encode(last), last.isInclusive) : joined(prefix, [typeByte + 1]),
  };
}

function placeAt(key: Uint8Array, isBehind: boolean): Uint8Array {
  return isBehind ? behind(key) : key;
}

/** Above every key that begins with these values: no value begins with this byte. */
function behind(prefix: Uint8Array): Uint8Array {
  return joined(prefix, [0xff]);
}

function joined(prefix: Uint8Array, rest: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(prefix.length + rest.length);
  bytes.set(prefix);
  bytes.set(rest, prefix.length);
  return bytes;
}
