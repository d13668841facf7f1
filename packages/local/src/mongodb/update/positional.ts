import { Refusal } from '../errors.ts';
import { compileFilter, elementMatcher, isOperatorDoc } from '../query/filter.ts';
import { isEqualTo } from '../query/predicates.ts';
import { type Doc, fieldOf, isDoc } from '../values/doc.ts';
import { isIndex, type Path, pathOf } from '../values/paths.ts';

/** What `$[name]` and `$` stand for in one update. */
export type Positions = Readonly<{
  /** The compiled `arrayFilters`, by identifier. */
  byName: ReadonlyMap<string, (element: unknown) => boolean>;
  /** The query's filter, which decides what `$` is. */
  filter: Doc;
}>;

/** Compiles `arrayFilters`. Each names one identifier: `{ "x.state": "open" }` or `{ x: { $gt: 1 } }`. */
export function parseArrayFilters(filters: unknown): Positions['byName'] {
  if (filters === undefined) return new Map();
  if (!Array.isArray(filters)) throw new Refusal('TypeMismatch', 'arrayFilters must be an array');
  return new Map(filters.map(parseArrayFilter));
}

/** The paths that `path` means in `doc`: itself without `$`, otherwise one for each element that is meant. */
export function concretePaths(doc: Doc, path: Path, positions: Positions): Path[] {
  return path.some((part) => part.startsWith('$')) ? expand(doc, path, [], positions) : [path];
}

function parseArrayFilter(filter: unknown): [string, (element: unknown) => boolean] {
  if (!isDoc(filter)) throw new Refusal('TypeMismatch', 'arrayFilters entries must be objects');
  const names = new Set(Object.keys(filter).map((key) => pathOf(key)[0] ?? ''));
  const [name] = names;
  if (names.size !== 1 || name === undefined || !/^[a-z][A-Za-z0-9]*$/.test(name)) {
    throw new Refusal(
      'FailedToParse',
      'Each array filter must use exactly one identifier that starts with a lowercase letter',
    );
  }
  const matches = compileFilter(filter);
  return [name, (element) => matches({ [name]: element })];
}

function expand(node: unknown, path: Path, head: string[], positions: Positions): Path[] {
  const [part, ...rest] = path;
  if (part === undefined) return [head];
  if (!part.startsWith('$')) {
    const next = isDoc(node)
      ? fieldOf(node, part)
      : Array.isArray(node) && isIndex(part)
        ? node[Number(part)]
        : undefined;
    return expand(next, rest, [...head, part], positions);
  }
  if (!Array.isArray(node)) {
    throw new Refusal(
      'BadValue',
      `The path '${head.join('.')}' must exist in the document in order to apply array updates.`,
    );
  }
  return indexesMeant(node, part, head, positions).flatMap((i) =>
    expand(node[i], rest, [...head, String(i)], positions),
  );
}

function indexesMeant(
  array: unknown[],
  part: string,
  head: string[],
  { byName, filter }: Positions,
): number[] {
  if (part === '$') return [firstMatch(array, head.join('.'), filter)];
  if (part === '$[]') return [...array.keys()];
  const matches = byName.get(part.slice(2, -1));
  if (!matches) throw new Refusal('BadValue', `No array filter found for identifier '${part.slice(2, -1)}'`);
  return [...array.keys()].filter((i) => matches(array[i]));
}

/** `$` is the first element that meets what the filter asks of the array's field. */
function firstMatch(array: unknown[], field: string, filter: Doc): number {
  for (const [name, condition] of conditionsIn(filter)) {
    const test = elementTest(name, condition, field);
    const index = test ? array.findIndex(test) : -1;
    if (index >= 0) return index;
  }
  throw new Refusal('BadValue', 'The positional operator did not find the match needed from the query.');
}

function conditionsIn(filter: Doc): [string, unknown][] {
  return Object.entries(filter).flatMap(([name, condition]) =>
    name === '$and' && Array.isArray(condition)
      ? condition.filter(isDoc).flatMap(conditionsIn)
      : [[name, condition]],
  );
}

function elementTest(
  name: string,
  condition: unknown,
  field: string,
): ((element: unknown) => boolean) | undefined {
  if (name.startsWith(`${field}.`)) {
    const matches = compileFilter({ [name.slice(field.length + 1)]: condition });
    return (element) => isDoc(element) && matches(element);
  }
  if (name !== field) return undefined;
  if (!isOperatorDoc(condition)) return isEqualTo(condition);
  const { $elemMatch, ...operators } = condition;
  return elementMatcher(isDoc($elemMatch) ? $elemMatch : operators);
}
