import { Refusal } from '../errors.ts';
import type { SortKey } from '../query/sort.ts';
import type { Doc } from '../values/doc.ts';
import { identityOf } from '../values/identity.ts';
import { leavesOf, type Path } from '../values/paths.ts';

/** Most entries one document may have in one index; MongoDB's own bound is in the same order. */
const entriesMax = 10_000;

/** What a document contributes to an index: one list of values an entry, several where a field holds an array. */
export type IndexKeys = Readonly<{
  entries: readonly (readonly unknown[])[];
  isMultikey: boolean;
  isAllMissing: boolean;
}>;

/** Computes the entries of `doc` in an index on `keys`. */
export function indexKeysOf(doc: Doc, keys: readonly SortKey[]): IndexKeys {
  const plain = plainValues(doc, keys);
  if (plain) {
    const isAllMissing = plain.every((value) => value === undefined);
    return { entries: [plain], isMultikey: false, isAllMissing };
  }
  const fields = keys.map(({ path }) => fieldValues(doc, path));
  const isMultikey = fields.some((field) => field.isMultikey);
  const isAllMissing = fields.every((field) => field.values.length === 1 && field.values[0] === undefined);
  if (!isMultikey) return { entries: [fields.map((field) => field.values[0])], isMultikey, isAllMissing };
  return { entries: combine(fields.map((field) => unique(field.values))), isMultikey, isAllMissing };
}

/** Every way to take one value of each list, in order. Throws `CannotCreateIndex`-like refusal beyond 10,000. */
export function combine(lists: readonly (readonly unknown[])[]): unknown[][] {
  const count = lists.reduce((product, list) => product * list.length, 1);
  if (count > entriesMax) throw new Refusal('BadValue', `an index entry list of ${count} is too long`);
  return lists.reduce<unknown[][]>(
    (heads, list) => heads.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );
}

/** The values where every key is a field of the document itself and none holds an array, as most are. */
function plainValues(doc: Doc, keys: readonly SortKey[]): unknown[] | undefined {
  const values: unknown[] = [];
  for (const { path } of keys) {
    const value = doc[path[0] ?? ''];
    if (path.length > 1 || Array.isArray(value)) return undefined;
    values.push(value);
  }
  return values;
}

type FieldValues = { values: unknown[]; isMultikey: boolean };

function fieldValues(doc: Doc, path: Path): FieldValues {
  const leaves = leavesOf(doc, path);
  if (leaves.length === 0) return { values: [undefined], isMultikey: true };
  if (leaves.length === 1 && !Array.isArray(leaves[0])) return { values: leaves, isMultikey: false };
  const values = leaves.flatMap((leaf) => (Array.isArray(leaf) ? (leaf.length > 0 ? leaf : [null]) : [leaf]));
  return { values, isMultikey: true };
}

function unique(values: unknown[]): unknown[] {
  return [...new Map(values.map((value) => [identityOf(value), value])).values()];
}
