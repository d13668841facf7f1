import { isOperatorDoc } from '../query/filter.ts';
import type { SortKey } from '../query/sort.ts';
import { rank, rankOf } from '../values/compare.ts';
import type { Doc } from '../values/doc.ts';
import type { Constraint } from './constraints.ts';

const rangeOperators: ReadonlySet<string> = new Set(['$gt', '$gte', '$lt', '$lte']);

/**
 * Tells whether a filter asks for nothing but points of the first `equalCount` keys and one range of the next, so that
 * whatever lies in these intervals of an index matches, and no document has to be looked at.
 *
 * Not so where an index is multikey or partial, which the caller knows.
 */
export function isExactly(
  filter: Doc,
  keys: readonly SortKey[],
  equalCount: number,
  constraints: ReadonlyMap<string, Constraint>,
): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    const place = keys.findIndex(({ field }) => field === name);
    const constraint = constraints.get(name);
    if (place < 0 || !constraint) return false;
    if (place < equalCount) return arePoints(condition, constraint);
    return place === equalCount && isRange(condition, constraint);
  });
}

function arePoints(condition: unknown, { points }: Constraint): boolean {
  if (points === undefined) return false;
  if (!isOperatorDoc(condition)) return true;
  const [operator, other] = Object.keys(condition);
  return other === undefined && (operator === '$eq' || operator === '$in');
}

/** Without a lower end a range of numbers begins with NaN, which is less than no number to `$lt`. */
function isRange(condition: unknown, { points, lower, upper }: Constraint): boolean {
  if (points !== undefined || !isOperatorDoc(condition)) return false;
  const operators = Object.keys(condition);
  const ends = Number(lower !== undefined) + Number(upper !== undefined);
  if (ends !== operators.length || !operators.every((operator) => rangeOperators.has(operator))) return false;
  return lower !== undefined || rankOf(upper?.value) !== rank.number;
}
