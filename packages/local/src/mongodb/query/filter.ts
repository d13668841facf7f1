import { Refusal } from '../errors.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { type Path, pathOf, someLeaf } from '../values/paths.ts';
import { bitsTest, expressionTest } from './expression.ts';
import {
  hasRemainder,
  hasSize,
  hasType,
  isEqualTo,
  isIn,
  isOrdered,
  type LeafTest,
  matchesRegex,
} from './predicates.ts';

/** A compiled filter. */
export type Matcher = (doc: Doc) => boolean;

const everything: Matcher = () => true;

/**
 * Compiles a filter document.
 *
 * Throws `BadValue` for an operator that is unknown or not implemented, never ignores one.
 */
export function compileFilter(filter: Doc): Matcher {
  const matchers = Object.entries(filter).map(([name, condition]) => compileClause(name, condition));
  const [first, second] = matchers;
  if (first === undefined) return everything;
  if (second === undefined) return first;
  return (doc) => matchers.every((matches) => matches(doc));
}

/** Tells `{ $gt: 1 }` from a value to be equal to. */
export function isOperatorDoc(condition: unknown): condition is Doc {
  if (!isDoc(condition)) return false;
  const [first] = Object.keys(condition);
  return first?.startsWith('$') === true && first !== '$ref' && first !== '$id' && first !== '$db';
}

function compileClause(name: string, condition: unknown): Matcher {
  if (name.startsWith('$')) return compileTopLevel(name, condition);
  const path = pathOf(name);
  if (isOperatorDoc(condition)) return compileOperators(path, condition);
  return atLeaf(path, isEqualTo(condition));
}

function compileTopLevel(operator: string, operand: unknown): Matcher {
  switch (operator) {
    case '$and':
      return all(filtersOf(operator, operand));
    case '$or':
      return any(filtersOf(operator, operand));
    case '$nor':
      return not(any(filtersOf(operator, operand)));
    case '$expr':
      return expressionTest(operand);
    case '$comment':
      return everything;
    default:
      throw new Refusal('BadValue', `unknown top level operator: ${operator}`);
  }
}

function filtersOf(operator: string, operand: unknown): Matcher[] {
  if (!Array.isArray(operand) || operand.length === 0) {
    throw new Refusal('BadValue', `${operator} must be a nonempty array`);
  }
  return operand.map((filter: unknown) => {
    if (!isDoc(filter)) throw new Refusal('BadValue', `${operator} argument's entries must be objects`);
    return compileFilter(filter);
  });
}

function compileOperators(path: Path, operators: Doc): Matcher {
  return all(
    Object.entries(operators).map(([operator, operand]) =>
      compileOperator(path, operator, operand, operators),
    ),
  );
}

function compileOperator(path: Path, operator: string, operand: unknown, siblings: Doc): Matcher {
  switch (operator) {
    case '$ne':
      return not(atLeaf(path, isEqualTo(operand)));
    case '$nin':
      return not(atLeaf(path, isIn(operand, operator)));
    case '$exists':
      return exists(path, operand);
    case '$not':
      return not(compileNegated(path, operand));
    case '$all':
      return all(allOf(path, operand));
    case '$options':
    case '$comment':
      return everything;
    case '$regex':
      return atLeaf(path, matchesRegex(operand, siblings['$options']));
    default:
      return atLeaf(path, leafTestOf(operator, operand));
  }
}

function leafTestOf(operator: string, operand: unknown): LeafTest {
  switch (operator) {
    case '$eq':
      return isEqualTo(operand);
    case '$gt':
      return isOrdered(operand, (order) => order > 0);
    case '$gte':
      return isOrdered(operand, (order) => order >= 0);
    case '$lt':
      return isOrdered(operand, (order) => order < 0);
    case '$lte':
      return isOrdered(operand, (order) => order <= 0);
    case '$in':
      return isIn(operand);
    case '$size':
      return hasSize(operand);
    case '$mod':
      return hasRemainder(operand);
    case '$type':
      return hasType(operand);
    case '$elemMatch':
      return hasMatchingElement(operand);
    default:
      return bitsTest(operator, operand);
  }
}

function hasMatchingElement(condition: unknown): LeafTest {
  if (!isDoc(condition)) throw new Refusal('BadValue', '$elemMatch needs an Object');
  const matches = elementMatcher(condition);
  return (leaf) => Array.isArray(leaf) && leaf.some(matches);
}

/** The test of one array element: as a document where the condition names fields, else as a value. */
export function elementMatcher(condition: Doc): LeafTest {
  const [first = ''] = Object.keys(condition);
  if (isOperatorDoc(condition) && !['$and', '$or', '$nor'].includes(first)) {
    const matches = compileOperators(['element'], condition);
    return (element) => matches({ element });
  }
  const matches = compileFilter(condition);
  return (element) => isDoc(element) && matches(element);
}

function compileNegated(path: Path, operand: unknown): Matcher {
  if (operand instanceof RegExp) return atLeaf(path, matchesRegex(operand));
  if (!isOperatorDoc(operand)) throw new Refusal('BadValue', '$not needs a regex or a document');
  return compileOperators(path, operand);
}

function allOf(path: Path, operand: unknown): Matcher[] {
  if (!Array.isArray(operand)) throw new Refusal('BadValue', '$all needs an array');
  if (operand.length === 0) return [() => false];
  return operand.map((value: unknown) =>
    isOperatorDoc(value) ? compileOperators(path, value) : atLeaf(path, isEqualTo(value)),
  );
}

function exists(path: Path, operand: unknown): Matcher {
  const isThere = atLeaf(path, (leaf) => leaf !== undefined);
  return operand ? isThere : not(isThere);
}

function atLeaf(path: Path, test: LeafTest): Matcher {
  return (doc) => someLeaf(doc, path, test);
}

function all(matchers: Matcher[]): Matcher {
  const [only, second] = matchers;
  if (only !== undefined && second === undefined) return only;
  return (doc) => matchers.every((matches) => matches(doc));
}

function any(matchers: Matcher[]): Matcher {
  return (doc) => matchers.some((matches) => matches(doc));
}

function not(matcher: Matcher): Matcher {
  return (doc) => !matcher(doc);
}
