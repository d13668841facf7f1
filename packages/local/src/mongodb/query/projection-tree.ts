import { Refusal } from '../errors.ts';
import { type Doc, fieldOf, isDoc, setField } from '../values/doc.ts';
import { pathOf } from '../values/paths.ts';

/** Fields to keep or to leave out: null at a leaf, a tree below a dotted path. */
export type ProjectionTree = Map<string, ProjectionTree | null>;

/** Makes a tree of dotted fields. Throws `BadValue` where one lies within another. */
export function projectionTree(fields: string[]): ProjectionTree {
  const root: ProjectionTree = new Map();
  for (const field of fields) addField(root, field);
  return root;
}

/** The document with the tree's fields only. */
export function keepFields(doc: Doc, tree: ProjectionTree): Doc {
  const result: Doc = {};
  for (const [name, value] of Object.entries(doc)) {
    const below = tree.get(name);
    if (below === undefined) continue;
    const kept = below === null ? value : keepWithin(value, below);
    if (kept !== undefined) setField(result, name, kept);
  }
  return result;
}

/** The document without the tree's fields. */
export function leaveOutFields(doc: Doc, tree: ProjectionTree): Doc {
  const result: Doc = {};
  for (const name of Object.keys(doc)) {
    const below = tree.get(name);
    if (below === null) continue;
    const value = fieldOf(doc, name);
    setField(result, name, below ? leaveOutWithin(value, below) : value);
  }
  return result;
}

function addField(root: ProjectionTree, field: string): void {
  const path = pathOf(field);
  const last = path.at(-1) ?? '';
  let node = root;
  for (const part of path.slice(0, -1)) {
    const below = node.get(part);
    if (below === null) throw new Refusal('BadValue', `Path collision at ${field}`);
    const next: ProjectionTree = below ?? new Map();
    node.set(part, next);
    node = next;
  }
  if (node.get(last)) throw new Refusal('BadValue', `Path collision at ${field}`);
  node.set(last, null);
}

function keepWithin(value: unknown, tree: ProjectionTree): unknown {
  if (isDoc(value)) return keepFields(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.map((element) => keepWithin(element, tree)).filter((element) => element !== undefined);
}

function leaveOutWithin(value: unknown, tree: ProjectionTree): unknown {
  if (isDoc(value)) return leaveOutFields(value, tree);
  return Array.isArray(value) ? value.map((element) => leaveOutWithin(element, tree)) : value;
}
