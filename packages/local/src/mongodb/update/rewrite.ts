import { Refusal } from '../errors.ts';
import { nameOfType } from '../query/predicates.ts';
import { type Doc, fieldOf, isDoc, setField } from '../values/doc.ts';
import { isIndex, type Path } from '../values/paths.ts';

/** Gives a field's new value from its old one; undefined takes the field away, the same value leaves it. */
export type Change = (old: unknown) => unknown;

/** Takes a field away: the one change to which a path that leads nowhere is no error. */
export const takeAway: Change = () => undefined;

/** Objects this update has already copied and may therefore write to. */
export type Owned = Set<object>;

/** Longest array that writing to an index may make, as in MongoDB. */
const paddingMax = 1_500_000;

/**
 * Changes the value at `path`, copying only what lies on the way; an untouched document is returned as it is.
 *
 * Throws `PathNotViable` where the path leads through a value that has no fields.
 */
export function rewrite(doc: Doc, path: Path, change: Change, owned: Owned): Doc {
  const result = rewriteAt(doc, path, 0, change, owned);
  return isDoc(result) ? result : doc;
}

function rewriteAt(node: unknown, path: Path, at: number, change: Change, owned: Owned): unknown {
  const part = path[at];
  if (part === undefined) return change(node);
  if (Array.isArray(node)) return rewriteElement(node, path, at, change, owned);
  if (isDoc(node))
    return rewriteField(node, part, rewriteAt(fieldOf(node, part), path, at + 1, change, owned), owned);
  if (node !== undefined) {
    if (change === takeAway) return node;
    throw new Refusal(
      'PathNotViable',
      `Cannot create field '${part}' in element of type ${nameOfType(node)}`,
    );
  }
  const value = rewriteAt(undefined, path, at + 1, change, owned);
  if (value === undefined) return undefined;
  const made: Doc = {};
  setField(made, part, value);
  owned.add(made);
  return made;
}

function rewriteField(node: Doc, part: string, value: unknown, owned: Owned): Doc {
  if (value === fieldOf(node, part)) return node;
  let target = node;
  if (!owned.has(node)) {
    target = { ...node };
    owned.add(target);
  }
  if (value === undefined) delete target[part];
  else setField(target, part, value);
  return target;
}

function rewriteElement(node: unknown[], path: Path, at: number, change: Change, owned: Owned): unknown {
  const part = path[at] ?? '';
  if (!isIndex(part)) {
    if (change === takeAway) return node;
    throw new Refusal('PathNotViable', `Cannot create field '${part}' in an array`);
  }
  const index = Number(part);
  const old: unknown = node[index];
  const value = rewriteAt(old, path, at + 1, change, owned);
  if (value === old) return node;
  if (index > node.length + paddingMax) throw new Refusal('BadValue', `array index ${index} is too far out`);
  const target = owned.has(node) ? node : [...node];
  owned.add(target);
  while (target.length < index) target.push(null);
  // An element taken away leaves null, so that its followers keep their places.
  target[index] = value ?? null;
  return target;
}
