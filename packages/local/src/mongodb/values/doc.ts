/**
 * A document as the server keeps it: what `decode` yields, never changed once stored (updates copy what they touch).
 *
 * Numbers keep their BSON type: int32 and double are JavaScript numbers, told apart as the driver tells them
 * (integral and within 32 bits is int32); a double that looks like an int32 is a `Double`; int64 is a bigint.
 */
export type Doc = { [field: string]: unknown };

/** Tells an embedded document from arrays, dates, regular expressions and BSON's own classes. */
export function isDoc(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Reads a field the document itself holds; what objects inherit is not data. */
export function fieldOf(doc: Doc, name: string): unknown {
  const value = doc[name];
  if (typeof value === 'function') return undefined;
  if (name === '__proto__' && !Object.hasOwn(doc, name)) return undefined;
  return value;
}

/** Writes a field as data, also where its name is one that plain assignment would take for something else. */
export function setField(doc: Doc, name: string, value: unknown): void {
  if (name !== '__proto__') doc[name] = value;
  else Object.defineProperty(doc, name, { value, writable: true, enumerable: true, configurable: true });
}
