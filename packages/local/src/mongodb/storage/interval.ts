import type { SortKey } from '../query/sort.ts';
import { compareValues, rankOf } from '../values/compare.ts';
import type { Bound, Constraint } from './constraints.ts';
import type { Position } from './index-tree.ts';
import type { IndexEntry } from './secondary-index.ts';

/** A stretch of an index: equal on its first keys, in a range on the next. */
export type Interval = Readonly<{ equal: readonly unknown[]; range?: Range }>;
export type Range = Readonly<{ lower?: Bound; upper?: Bound }>;

/** The range of a constraint. A multikey index takes one end only: two ends may be met by two elements. */
export function rangeOf({ lower, upper }: Constraint, isMultikey: boolean): Range | undefined {
  if (lower && isMultikey) return { lower };
  if (lower || upper) return { ...(lower && { lower }), ...(upper && { upper }) };
  return undefined;
}

/** The interval as a position for `IndexTree`. */
export function positionIn({ equal, range }: Interval, keys: readonly SortKey[]): Position<IndexEntry> {
  const rangeKey = keys[equal.length];
  return ({ values }) => {
    for (let i = 0; i < equal.length; i++) {
      const order = compareValues(values[i], equal[i]);
      if (order !== 0) return order * (keys[i]?.direction ?? 1);
    }
    return range && rangeKey ? placeInRange(values[equal.length], range) * rangeKey.direction : 0;
  };
}

/** Ranges hold values of their bounds' type only, as MongoDB's comparison operators do. */
function placeInRange(value: unknown, { lower, upper }: Range): number {
  const type = rankOf(value) - rankOf((lower ?? upper)?.value);
  if (type !== 0) return type;
  if (lower && isOutside(compareValues(value, lower.value), lower)) return -1;
  if (upper && isOutside(compareValues(upper.value, value), upper)) return 1;
  return 0;
}

function isOutside(order: number, bound: Bound): boolean {
  return order < 0 || (order === 0 && !bound.isInclusive);
}
