import { Refusal } from '../errors.ts';
import { rank, rankOf } from '../values/compare.ts';
import { type Doc, fieldOf, isDoc, setField } from '../values/doc.ts';
import { pathOf } from '../values/paths.ts';
import { projectByMingo } from './mingo.ts';

/** A compiled projection. */
export type Projection = (doc: Doc) => Doc;

/** Fields to keep or to leave out: null at a leaf, a tree below a dotted path. */
type Tree = Map<string, Tree | null>;

/** Compiles `find`'s projection; undefined where all fields are wanted. Throws `BadValue` where it mixes both kinds. */
export function compileProjection(projection: Doc | undefined): Projection | undefined {
  const entries = Object.entries(projection ?? {});
  if (!projection || entries.length === 0) return undefined;
  if (!entries.every(([field, value]) => isFlag(value) && !field.includes('$')))
    return projectByMingo(projection);

  const kinds = new Set(entries.filter(([field]) => field !== '_id').map(([, value]) => isKept(value)));
  if (kinds.size > 1) throw new Refusal('BadValue', 'Cannot do exclusion on a field in inclusion projection');
  const isInclusion = kinds.size === 1 ? kinds.has(true) : isKept(projection['_id']);
  const fields = entries.filter(([, value]) => isKept(value) === isInclusion).map(([field]) => field);
  if (isInclusion && projection['_id'] === undefined) fields.push('_id');
  const tree = treeOf(fields);
  return isInclusion ? (doc) => keep(doc, tree) : (doc) => leaveOut(doc, tree);
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean' || rankOf(value) === rank.number;
}

function isKept(value: unknown): boolean {
  return typeof value === 'boolean' ? value : Number(value) !== 0;
}

function treeOf(fields: string[]): Tree {
  const root: Tree = new Map();
  for (const field of fields) {
    const path = pathOf(field);
    let node = root;
    for (const [i, part] of path.entries()) {
      const below = node.get(part);
      if (i === path.length - 1) {
        if (below) throw new Refusal('BadValue', `Path collision at ${field}`);
        node.set(part, null);
      } else {
        if (below === null) throw new Refusal('BadValue', `Path collision at ${field}`);
        const next: Tree = below ?? new Map();
        node.set(part, next);
        node = next;
      }
    }
  }
  return root;
}

function keep(doc: Doc, tree: Tree): Doc {
  const result: Doc = {};
  for (const [name, value] of Object.entries(doc)) {
    const below = tree.get(name);
    if (below === undefined) continue;
    const kept = below === null ? value : keepWithin(value, below);
    if (kept !== undefined) setField(result, name, kept);
  }
  return result;
}

function keepWithin(value: unknown, tree: Tree): unknown {
  if (isDoc(value)) return keep(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => keepWithin(element, tree)).filter((element) => element !== undefined);
}

function leaveOut(doc: Doc, tree: Tree): Doc {
  const result: Doc = {};
  for (const name of Object.keys(doc)) {
    const below = tree.get(name);
    if (below === null) continue;
    const value = fieldOf(doc, name);
    setField(result, name, below ? leaveOutWithin(value, below) : value);
  }
  return result;
}

function leaveOutWithin(value: unknown, tree: Tree): unknown {
  if (isDoc(value)) return leaveOut(value, tree);
  return Array.isArray(value) ? value.map((element) => leaveOutWithin(element, tree)) : value;
}
