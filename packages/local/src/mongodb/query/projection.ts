import { Refusal } from '../errors.ts';
import { concretePaths } from '../update/positional.ts';
import { type Change, rewrite, takeAway } from '../update/rewrite.ts';
import { numericOf, rank, rankOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { pathOf } from '../values/paths.ts';
import { computedProjection } from './expression.ts';
import { elementMatcher } from './filter.ts';
import { keepFields, leaveOutFields, projectionTree } from './projection-tree.ts';

/** A compiled projection. */
export type Projection = (doc: Doc) => Doc;

/** Changes an array that was let through; it sees the whole document as well. */
type ArrayStep = (projected: Doc, doc: Doc) => Doc;

/**
 * Compiles `find`'s projection; undefined where all fields are wanted. `filter` decides what `field.$` is.
 *
 * Throws `BadValue` where it mixes fields to keep with fields to leave out.
 */
export function compileProjection(projection: Doc | undefined, filter: Doc): Projection | undefined {
  const entries = Object.entries(projection ?? {});
  if (!projection || entries.length === 0) return undefined;
  const steps = entries
    .map(([field, value]) => arrayStep(field, value, filter))
    .filter((step) => step !== undefined);
  if (entries.some((entry) => isComputed(entry))) {
    if (steps.length > 0)
      throw new Refusal('BadValue', 'array projections cannot be mixed with computed fields here');
    return computedProjection(projection);
  }
  const base = fieldProjection(entries);
  return (doc) => steps.reduce((projected, step) => step(projected, doc), base(doc));
}

function fieldProjection(entries: [string, unknown][]): Projection {
  const isIncluded = (value: unknown) =>
    isFlag(value) ? isKept(value) : isDoc(value) && '$elemMatch' in value;
  const decisive = entries.filter(([field, value]) => field !== '_id' && !isSlice(value));
  const kinds = new Set(decisive.map(([, value]) => isIncluded(value)));
  if (kinds.size > 1) throw new Refusal('BadValue', 'Cannot do exclusion on a field in inclusion projection');
  const id = entries.find(([field]) => field === '_id')?.[1];
  const isOnlyId = id !== undefined && isKept(id) && entries.length === 1;
  const wantsInclusion = kinds.has(true) || isOnlyId;

  const named = entries.filter(([field, value]) =>
    field === '_id' ? isKept(value) === wantsInclusion : wantsInclusion || !isSlice(value),
  );
  const fields = named.map(([field]) => (field.endsWith('.$') ? field.slice(0, -2) : field));
  if (wantsInclusion && id === undefined) fields.push('_id');
  const tree = projectionTree(fields);
  return wantsInclusion ? (doc) => keepFields(doc, tree) : (doc) => leaveOutFields(doc, tree);
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean' || rankOf(value) === rank.number;
}

function isKept(value: unknown): boolean {
  return typeof value === 'boolean' ? value : Number(numericOf(value)) !== 0;
}

function isSlice(value: unknown): boolean {
  return isDoc(value) && '$slice' in value;
}

function isComputed([field, value]: [string, unknown]): boolean {
  if (field.startsWith('$') || /\.\$./.test(field))
    throw new Refusal('BadValue', `positional projection '${field}' is not valid`);
  return !isFlag(value) && !isSlice(value) && !(isDoc(value) && '$elemMatch' in value);
}

function arrayStep(field: string, value: unknown, filter: Doc): ArrayStep | undefined {
  if (field.endsWith('.$')) return positionalStep(field, filter);
  if (!isDoc(value)) return undefined;
  if ('$slice' in value) return stepAt(field, slice(value['$slice']));
  return '$elemMatch' in value ? stepAt(field, firstElement(value['$elemMatch'])) : undefined;
}

function stepAt(field: string, change: Change): ArrayStep {
  const path = pathOf(field);
  return (projected) => rewrite(projected, path, change, new Set());
}

/** `field.$`: the element that the filter matched, found in the whole document. */
function positionalStep(field: string, filter: Doc): ArrayStep {
  const path = pathOf(field);
  return (projected, doc) => {
    const [found] = concretePaths(doc, path, { byName: new Map(), filter });
    const index = Number(found?.at(-1));
    return rewrite(
      projected,
      path.slice(0, -1),
      (old) => (Array.isArray(old) ? [old[index]] : old),
      new Set(),
    );
  };
}

/** `$slice: count` from either end, or `[skip, count]`. */
function slice(operand: unknown): Change {
  const numbers = (Array.isArray(operand) ? operand : [operand]).map((value) => Number(numericOf(value)));
  const [first = Number.NaN, count] = numbers;
  if (numbers.some((value) => !Number.isInteger(value)) || (count !== undefined && count <= 0)) {
    throw new Refusal('BadValue', '$slice takes a number, or a number to skip and a positive count');
  }
  return (old) => {
    if (!Array.isArray(old)) return old;
    if (count === undefined) return first >= 0 ? old.slice(0, first) : old.slice(first);
    const start = first >= 0 ? first : Math.max(0, old.length + first);
    return old.slice(start, start + count);
  };
}

function firstElement(condition: unknown): Change {
  if (!isDoc(condition)) throw new Refusal('BadValue', 'elemMatch: Invalid argument, object required');
  const matches = elementMatcher(condition);
  return (old) => {
    const found: unknown = Array.isArray(old) ? old.find(matches) : undefined;
    return found === undefined ? takeAway(old) : [found];
  };
}
