import { z } from 'zod';
import { ignore, type Notes } from './notes.ts';
import { type Reader, readerOf, toBoolean, toNumber } from './read-like-hubspot.ts';

/** What Express makes of a query string: text, or a list where a name was given more than once. */
export type RawQuery = Readonly<Record<string, string | string[] | undefined>>;

export type QueryReader = (query: RawQuery, notes: Notes) => Record<string, unknown>;

/** A list's name as clients write it: `sort`, `sort[]` (PHP) or `sort[0]` (Ruby). */
const listName = /^([^[\]]+)\[\d{0,4}\]$/;

/**
 * Returns the reader of query parameters under /v1, where unknown ones stay and are refused.
 *
 * A query is text, so whole numbers and `true` or `false` are read from it, and nothing else is forgiven.
 */
export function strictQueryReader(schema: z.ZodType): QueryReader {
  const fields = fieldsOf(schema);
  return (query) => {
    const entries = Object.entries(query).map(([name, value]) => [name, strictly(fields.get(name), value)]);
    return Object.fromEntries(entries);
  };
}

function strictly(field: unknown, value: unknown): unknown {
  if (field instanceof z.ZodNumber) return toNumber(value);
  if (field instanceof z.ZodBoolean) return value === 'true' || value === 'false' ? toBoolean(value) : value;
  return field instanceof z.ZodArray ? listOf(value) : value;
}

/**
 * Returns the reader of query parameters on HubSpot's own paths. Unknown parameters are left out and noted, empty ones
 * are left out, and lists may be written as `sort=a&sort=b`, `sort[]=a` or `sort[0]=a`.
 */
export function tolerantQueryReader(schema: z.ZodType): QueryReader {
  const fields = fieldsOf(schema);
  const readers = new Map([...fields].map(([name, field]) => [name, readerOf(field)]));
  return (query, notes) => {
    const entries = Object.entries(query);
    if (entries.length === 0) return {};
    const read = new Map<string, unknown>();
    for (const [written, value] of entries) {
      const name = nameOf(written, fields);
      const reader = readers.get(name);
      if (!reader) ignore(notes, written);
      else if (value !== '')
        read.set(name, tolerantly({ field: fields.get(name), reader, notes }, value, read.get(name)));
    }
    return Object.fromEntries(read);
  };
}

/** A parameter that is no list is one only by its plain name: `limit[$gt]` is another. */
function nameOf(written: string, fields: ReadonlyMap<string, unknown>): string {
  const [, name = written] = listName.exec(written) ?? [];
  return fields.get(name) instanceof z.ZodArray ? name : written;
}

type Place = Readonly<{ field: unknown; reader: Reader; notes: Notes }>;

function tolerantly({ field, reader, notes }: Place, value: unknown, before: unknown): unknown {
  if (!(field instanceof z.ZodArray)) return reader(value, notes);
  return reader([...(Array.isArray(before) ? before : []), ...listOf(value)], notes);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function fieldsOf(schema: z.ZodType): ReadonlyMap<string, unknown> {
  if (!(schema instanceof z.ZodObject)) return new Map();
  return new Map(Object.entries(schema.shape).map(([name, field]) => [name, plain(field)]));
}

/** The schema without `optional` around it. */
function plain(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? plain(schema.unwrap()) : schema;
}
