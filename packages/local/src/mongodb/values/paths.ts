import { type Doc, fieldOf, isDoc } from './doc.ts';

/** A dotted field path, cut once. */
export type Path = readonly string[];

/** Cuts `a.b.0` at its dots. */
export function pathOf(dotted: string): Path {
  return dotted.includes('.') ? dotted.split('.') : [dotted];
}

/** Tells whether a path part can be an array index. */
export function isIndex(part: string): boolean {
  return /^\d+$/.test(part);
}

/**
 * Tells whether a leaf at `path` passes `test`, going through arrays as MongoDB's filters do: into each element
 * that is a document, and by index where the part is a number. A missing leaf is tested as undefined.
 */
export function someLeaf(value: unknown, path: Path, test: (leaf: unknown) => boolean, at = 0): boolean {
  const part = path[at];
  if (part === undefined) return test(value);
  if (Array.isArray(value)) return someElementLeaf(value, path, test, at);
  return isDoc(value) ? someLeaf(fieldOf(value, part), path, test, at + 1) : test(undefined);
}

function someElementLeaf(
  array: unknown[],
  path: Path,
  test: (leaf: unknown) => boolean,
  at: number,
): boolean {
  const part = path[at] ?? '';
  if (isIndex(part) && Number(part) < array.length && someLeaf(array[Number(part)], path, test, at + 1))
    return true;
  return array.some((element) => isDoc(element) && someLeaf(element, path, test, at));
}

/** Every leaf at `path`, arrays gone through and not unwound at the end; a missing leaf is undefined. */
export function leavesOf(doc: Doc, path: Path): unknown[] {
  const leaves: unknown[] = [];
  someLeaf(doc, path, (leaf) => {
    leaves.push(leaf);
    return false;
  });
  return leaves;
}
