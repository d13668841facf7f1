import { z } from 'zod';
import { toInstant } from './instants.ts';
import { digitsOf, ignore, type Notes } from './notes.ts';

/** Turns a value into what its schema asks for, where HubSpot would; else returns it as it is, for the schema to refuse. */
export type Reader = (value: unknown, notes: Notes) => unknown;

const asItIs: Reader = (value) => value;

/**
 * Returns the reader of JSON bodies on HubSpot's own paths: it forgives what HubSpot forgives.
 *
 * Unknown fields are left out and noted. Scalars become what the schema has in their place: `"42"` a number, `5` a
 * text, `"True"` and `1` a boolean, and every usual spelling of a moment ISO 8601. `[]` counts as an empty map, as PHP
 * writes it. Nothing is copied where nothing changes. Objects marked `x-strict` are Posthorn's own and taken as they are.
 */
export function readerOf(schema: unknown): Reader {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return readerOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return readerOf(schema.in);
  if (schema instanceof z.ZodObject) return objectReader(schema);
  if (schema instanceof z.ZodRecord) return recordReader(readerOf(schema.valueType));
  if (schema instanceof z.ZodArray) return arrayReader(readerOf(schema.element));
  if (schema instanceof z.ZodISODateTime) return toInstant;
  if (schema instanceof z.ZodString) return toText;
  if (schema instanceof z.ZodNumber) return toNumber;
  if (schema instanceof z.ZodBoolean) return toBoolean;
  return asItIs;
}

function objectReader(schema: z.ZodObject): Reader {
  if (schema.meta()?.['x-strict'] === true) return asItIs;
  const fields = new Map(Object.entries(schema.shape).map(([name, inner]) => [name, readerOf(inner)]));
  return (value, notes) => {
    if (!isObject(value)) return isEmptyArray(value) ? {} : value;
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(value)) {
      const inner = value[key];
      const reader = fields.get(key);
      const read = reader ? readAt(reader, inner, key, notes) : undefined;
      if (reader && read === inner) continue;
      copy ??= { ...value };
      if (reader) copy[key] = read;
      else {
        ignore(notes, key);
        delete copy[key];
      }
    }
    return copy ?? value;
  };
}

function recordReader(inner: Reader): Reader {
  return (value, notes) => {
    if (!isObject(value)) return isEmptyArray(value) ? {} : value;
    if (inner === asItIs) return value;
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(value)) {
      const read = readAt(inner, value[key], key, notes);
      if (read === value[key]) continue;
      copy ??= { ...value };
      copy[key] = read;
    }
    return copy ?? value;
  };
}

function arrayReader(inner: Reader): Reader {
  if (inner === asItIs) return asItIs;
  return (value, notes) =>
    Array.isArray(value) ? value.map((item, index) => readAt(inner, item, String(index), notes)) : value;
}

function readAt(reader: Reader, value: unknown, key: string, notes: Notes): unknown {
  if (reader === asItIs || (reader === toText && typeof value === 'string')) return value;
  notes.at.push(key);
  const read = reader(value, notes);
  notes.at.pop();
  return read;
}

/** Reads scalars in place of text, as they were written; a number whose digits are not known stays one, and is refused. */
function toText(value: unknown, notes: Notes): unknown {
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? (digitsOf(notes, value) ?? value) : value;
}

/** Reads whole numbers in text; one that a double does not carry exactly stays text, and is refused. */
export function toNumber(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,16}$/.test(value.trim())) return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Reads `true`, `True`, `1` and the like, as HubSpot's clients for Node, Python and PHP write them. */
export function toBoolean(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return value;
  if (/^(?:true|1)$/i.test(value)) return true;
  return /^(?:false|0)$/i.test(value) ? false : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
