import { Refusal } from '../errors.ts';
import type { Doc } from '../values/doc.ts';
import type { IndexSpec } from './index-spec.ts';

/** The error of a document whose key another one has. */
export function duplicateKey(namespace: string, spec: IndexSpec, values: readonly unknown[]): Refusal {
  const keyValue = Object.fromEntries(spec.keys.map(({ field }, i) => [field, values[i] ?? null]));
  return new Refusal(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${spec.name} dup key: ${shell(keyValue)}`,
    { keyPattern: spec.key, keyValue },
  );
}

/** Writes a key as MongoDB's messages show it: `{ a: 1, b: "x" }`. */
function shell(key: Doc): string {
  const fields = Object.entries(key).map(([name, value]) => `${name}: ${shellValue(value)}`);
  return `{ ${fields.join(', ')} }`;
}

function shellValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'toHexString' in value)
    return `ObjectId('${String(value)}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
