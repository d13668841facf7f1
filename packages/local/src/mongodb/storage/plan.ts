import { Refusal } from '../errors.ts';
import { compileFilter } from '../query/filter.ts';
import { parseSort, type SortKey } from '../query/sort.ts';
import { compareValues } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import type { Collection } from './collection.ts';
import { type Constraint, constraintsOf } from './constraints.ts';
import { isExactly } from './exact.ts';
import { combine } from './index-keys.ts';
import { type Interval, rangeOf } from './interval.ts';
import type { SecondaryIndex } from './secondary-index.ts';

/** How the candidates of a query are found. `isSorted` says that they come in the order asked for. */
export type Plan =
  | { kind: 'collscan'; isSorted: boolean; direction: 1 | -1 }
  | { kind: 'id'; ids: readonly unknown[]; isSorted: boolean; isExact: boolean }
  | IndexPlan
  | { kind: 'or'; plans: Plan[]; isSorted: boolean };
export type IndexPlan = {
  kind: 'ixscan';
  index: SecondaryIndex;
  intervals: readonly Interval[];
  direction: 1 | -1;
  isSorted: boolean;
  /** True where every candidate matches, so that the filter need not be tested. */
  isExact: boolean;
};
export type Question = {
  filter: Doc;
  sort: readonly SortKey[];
  hint?: unknown;
  /** Matches after which the caller stops; only a hint how many to read at once. */
  wanted?: number;
};

/** Combinations of `$in` lists that an index is asked for; beyond them fewer of its keys are used. */
const intervalsMax = 2_000;

const idKeys = parseSort({ _id: 1 });

/** Chooses how to answer: by `_id`, by the best index, by an index for each branch of `$or`, or by reading everything. */
export function choosePlan(collection: Collection, { filter, sort, hint }: Question): Plan {
  if (hint !== undefined && hint !== null) return hintedPlan(collection, { filter, sort, hint });
  const constraints = constraintsOf(filter);
  const ids = constraints.get('_id')?.points;
  if (ids) {
    const isExact = isExactly(filter, idKeys, 1, constraints);
    return { kind: 'id', ids, isSorted: sort.length === 0 || ids.length === 1, isExact };
  }
  const best = bestIndexPlan(collection, { filter, sort }, constraints);
  if (best && best.score >= 10) return best.plan;
  return (
    orPlan(collection, filter, sort) ??
    best?.plan ?? { kind: 'collscan', isSorted: sort.length === 0, direction: 1 }
  );
}

function hintedPlan(collection: Collection, { filter, sort, hint }: Question): Plan {
  if (isDoc(hint) && '$natural' in hint) {
    return {
      kind: 'collscan',
      isSorted: sort.length === 0,
      direction: Number(hint['$natural']) < 0 ? -1 : 1,
    };
  }
  for (const index of collection.indexes) {
    const isMeant =
      typeof hint === 'string' ? index.spec.name === hint : compareValues(index.spec.key, hint) === 0;
    if (isMeant) return planOn(index, { filter, sort }, constraintsOf(filter)).plan;
  }
  throw new Refusal('BadValue', 'hint provided does not correspond to an existing index');
}

type Scored = { plan: IndexPlan; score: number };

function bestIndexPlan(
  collection: Collection,
  question: Question,
  constraints: Map<string, Constraint>,
): Scored | undefined {
  let best: Scored | undefined;
  for (const index of collection.indexes) {
    if (!isUsable(index, question.filter, constraints)) continue;
    const scored = planOn(index, question, constraints);
    if (scored.score > (best?.score ?? 0)) best = scored;
  }
  return best;
}

/** A partial index serves only a filter that stays within it, a sparse one only where its documents must have a field. */
function isUsable(index: SecondaryIndex, filter: Doc, constraints: Map<string, Constraint>): boolean {
  const { partialFilter, isSparse, keys } = index.spec;
  if (partialFilter && !implies(constraints, filter, partialFilter)) return false;
  return !isSparse || keys.some(({ field }) => constraints.get(field)?.isPresent === true);
}

function implies(constraints: Map<string, Constraint>, filter: Doc, partialFilter: Doc): boolean {
  return Object.entries(partialFilter).every(([field, condition]) => {
    if (field in filter && compareValues(filter[field], condition) === 0) return true;
    const constraint = constraints.get(field);
    if (isDoc(condition) && Object.keys(condition).length === 1 && condition['$exists'] === true) {
      return constraint?.isPresent === true;
    }
    if (field.includes('.') || !constraint?.points) return false;
    const matches = compileFilter({ [field]: condition });
    return constraint.points.every((value) => matches({ [field]: value }));
  });
}

function planOn(
  index: SecondaryIndex,
  { filter, sort }: Question,
  constraints: Map<string, Constraint>,
): Scored {
  const { keys, isUnique, partialFilter } = index.spec;
  const points = equalityPrefix(keys, constraints);
  const next = keys[points.length];
  const constraint = next && constraints.get(next.field);
  const range = constraint && rangeOf(constraint, index.isMultikey);
  const intervals = combine(points).map((equal): Interval => (range ? { equal, range } : { equal }));
  const direction =
    intervals.length === 1 && !index.isMultikey ? sortDirection(keys, points.length, sort) : undefined;
  const isSorted = sort.length === 0 || direction !== undefined;

  const isWhole = isUnique && points.length === keys.length;
  const score =
    points.length * 10 + (range ? 10 : 0) + (sort.length > 0 && isSorted ? 4 : 0) + (isWhole ? 1000 : 0);
  const isExact = !index.isMultikey && !partialFilter && isExactly(filter, keys, points.length, constraints);
  return { plan: { kind: 'ixscan', index, intervals, direction: direction ?? 1, isSorted, isExact }, score };
}

function equalityPrefix(keys: readonly SortKey[], constraints: Map<string, Constraint>): unknown[][] {
  const points: unknown[][] = [];
  let combinations = 1;
  for (const { field, direction } of keys) {
    const values = constraints.get(field)?.points;
    if (!values || combinations * values.length > intervalsMax) break;
    combinations *= values.length;
    points.push(direction === 1 ? values : values.toReversed());
  }
  return points;
}

/** The direction in which the index gives the order asked for, or undefined. Keys held equal do not count. */
function sortDirection(
  keys: readonly SortKey[],
  equalCount: number,
  sort: readonly SortKey[],
): 1 | -1 | undefined {
  const fixed = new Set(keys.slice(0, equalCount).map(({ field }) => field));
  const wanted = sort.filter(({ field }) => !fixed.has(field));
  const offered = keys.slice(equalCount);
  const [first] = wanted;
  if (first === undefined) return 1;
  const direction = first.direction === offered[0]?.direction ? 1 : -1;
  const isOffered = wanted.every(
    ({ field, direction: asked }, i) =>
      offered[i]?.field === field && offered[i].direction * direction === asked,
  );
  return isOffered ? direction : undefined;
}

function orPlan(collection: Collection, filter: Doc, sort: readonly SortKey[]): Plan | undefined {
  const branches = filter['$or'];
  if (!Array.isArray(branches)) return undefined;
  const plans = branches.map((branch: unknown) =>
    isDoc(branch) ? choosePlan(collection, { filter: branch, sort: [] }) : undefined,
  );
  const indexed = plans.filter((plan) => plan !== undefined).filter((plan) => plan.kind !== 'collscan');
  return indexed.length === branches.length
    ? { kind: 'or', plans: indexed, isSorted: sort.length === 0 }
    : undefined;
}
