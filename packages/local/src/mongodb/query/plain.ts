import { Double, Long } from 'bson';
import { Refusal } from '../errors.ts';
import { type Doc, isDoc, setField } from '../values/doc.ts';

/**
 * Copies a document with every number as a JavaScript number, which is all that mingo calculates with.
 *
 * An int64 beyond 2^53 stays a bigint: it passes through, but does not take part in sums.
 */
export function toPlain(doc: Doc): Doc {
  const copy: Doc = {};
  for (const name of Object.keys(doc)) setField(copy, name, plainValue(doc[name]));
  return copy;
}

/** The same for any value. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (isDoc(value)) return toPlain(value);
  if (value instanceof Double) return value.value;
  return value instanceof Long ? plainValue(value.toBigInt()) : value;
}

/** Puts `_id` first, where MongoDB has it and mingo at times has not. */
export function withIdFirst(doc: Doc): Doc {
  if (doc['_id'] === undefined || Object.keys(doc)[0] === '_id') return doc;
  const { _id, ...fields } = doc;
  return { _id, ...fields };
}

/** Runs mingo. It reports every refusal as an error of its own class, told from a bug by nothing but its text. */
export function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('BadValue', error instanceof Error ? error.message : String(error));
  }
}
