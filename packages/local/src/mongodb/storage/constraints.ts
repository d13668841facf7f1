import { BSONRegExp } from 'bson';
import { isOperatorDoc } from '../query/filter.ts';
import { compareValues, rank, rankOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { identityOf } from '../values/identity.ts';

/** One end of a range. */
export type Bound = Readonly<{ value: unknown; isInclusive: boolean }>;

/** What a filter demands of one field, as far as an index can use it. */
export type Constraint = {
  /** The field equals one of these, in ascending order. */
  points?: unknown[];
  lower?: Bound;
  upper?: Bound;
  /** True where no document without the field can match. */
  isPresent: boolean;
};

/** Collects what every match of `filter` must satisfy, by field. The filter itself is tested again on each candidate. */
export function constraintsOf(filter: Doc, into = new Map<string, Constraint>()): Map<string, Constraint> {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(condition)) {
      for (const part of condition) if (isDoc(part)) constraintsOf(part, into);
    } else if (!name.startsWith('$')) {
      constrain(constraintFor(into, name), condition);
    }
  }
  return into;
}

function constraintFor(into: Map<string, Constraint>, name: string): Constraint {
  const known = into.get(name);
  if (known) return known;
  const constraint: Constraint = { isPresent: false };
  into.set(name, constraint);
  return constraint;
}

function constrain(constraint: Constraint, condition: unknown): void {
  if (!isOperatorDoc(condition)) {
    constrainToPoints(constraint, [condition]);
    return;
  }
  for (const [operator, operand] of Object.entries(condition)) constrainBy(constraint, operator, operand);
}

function constrainBy(constraint: Constraint, operator: string, operand: unknown): void {
  switch (operator) {
    case '$eq':
      constrainToPoints(constraint, [operand]);
      break;
    case '$in':
      if (Array.isArray(operand)) constrainToPoints(constraint, operand);
      break;
    case '$gt':
    case '$gte':
      constrainEnd(constraint, 'lower', { value: operand, isInclusive: operator === '$gte' });
      break;
    case '$lt':
    case '$lte':
      constrainEnd(constraint, 'upper', { value: operand, isInclusive: operator === '$lte' });
      break;
    case '$exists':
      if (operand) constraint.isPresent = true;
      break;
    case '$ne':
      if (operand === null) constraint.isPresent = true;
      break;
  }
}

/** The first list of points wins: on an array field two lists may be met by two elements, so they do not intersect. */
function constrainToPoints(constraint: Constraint, values: unknown[]): void {
  if (values.some(isNotAPoint)) return;
  if (!values.some((value) => rankOf(value) === rank.null)) constraint.isPresent = true;
  if (constraint.points) return;
  if (values.length === 1) {
    constraint.points = values;
    return;
  }
  const distinct = [...new Map(values.map((value) => [identityOf(value), value])).values()];
  constraint.points = distinct.sort(compareValues);
}

function constrainEnd(constraint: Constraint, end: 'lower' | 'upper', bound: Bound): void {
  const type = rankOf(bound.value);
  if (isNotAPoint(bound.value) || type === rank.null || Number.isNaN(bound.value)) return;
  const other = end === 'lower' ? constraint.upper : constraint.lower;
  if (other && rankOf(other.value) !== type) return;
  constraint.isPresent = true;
  constraint[end] ??= bound;
}

function isNotAPoint(value: unknown): boolean {
  return Array.isArray(value) || value instanceof RegExp || value instanceof BSONRegExp;
}
