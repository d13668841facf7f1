import { MinKey } from 'bson';
import { Refusal } from '../errors.ts';
import { compareValues, numericOf } from '../values/compare.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { leavesOf, type Path, pathOf } from '../values/paths.ts';

/** One key of a sort order or of an index. */
export type SortKey = Readonly<{ field: string; path: Path; direction: 1 | -1 }>;

/** Reads `{ a: 1, b: -1 }`. Refuses other directions, `$meta` among them, with `BadValue`. */
export function parseSort(sort: unknown): SortKey[] {
  if (sort === undefined || sort === null) return [];
  if (!isDoc(sort)) throw new Refusal('TypeMismatch', "Expected field 'sort' to be of type object");
  return Object.entries(sort).map(([field, value]) => {
    const direction = Number(numericOf(value));
    if (direction !== 1 && direction !== -1) {
      throw new Refusal('BadValue', `$sort key ordering must be 1 (for ascending) or -1 (for descending)`);
    }
    return { field, path: pathOf(field), direction };
  });
}

/** What a document is sorted by: an array counts as its least element, or its greatest where descending. */
export function sortValuesOf(doc: Doc, keys: readonly SortKey[]): unknown[] {
  return keys.map(({ path, direction }) => sortValue(doc, path, direction));
}

/** Compares what `sortValuesOf` gave. */
export function compareSortValues(
  a: readonly unknown[],
  b: readonly unknown[],
  keys: readonly SortKey[],
): number {
  for (let i = 0; i < keys.length; i++) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order * (keys[i]?.direction ?? 1);
  }
  return 0;
}

/** Compares documents by sort keys. */
export function compareBy(keys: readonly SortKey[]): (a: Doc, b: Doc) => number {
  return (a, b) => compareSortValues(sortValuesOf(a, keys), sortValuesOf(b, keys), keys);
}

const belowNull = new MinKey();

function sortValue(doc: Doc, path: Path, direction: 1 | -1): unknown {
  const [only] = path;
  const direct = path.length === 1 && only !== undefined ? doc[only] : undefined;
  if (direct !== undefined && !Array.isArray(direct)) return direct;
  // An empty array sorts below null and below a missing field.
  const values = leavesOf(doc, path).flatMap((leaf) =>
    Array.isArray(leaf) && leaf.length === 0 ? [belowNull] : leaf,
  );
  return values.reduce(
    (best, value) => (compareValues(value, best) * direction < 0 ? value : best),
    values[0],
  );
}
