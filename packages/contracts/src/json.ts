import { z } from 'zod';

/** Any JSON value; depth and size are bounded where the text is parsed. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Checked by hand: `z.json()` takes longer than all other fields of a send together. Keys that would set a prototype are none (row T01). */
export const JsonValue = z.custom<JsonValue>(isJson, 'must be JSON');

function isJson(value: unknown): value is JsonValue {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (Array.isArray(value)) return value.every(isJson);
  return isPlainObject(value) && !Object.hasOwn(value, '__proto__') && Object.values(value).every(isJson);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
