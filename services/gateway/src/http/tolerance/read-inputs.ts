import { z } from 'zod';
import type { Endpoint } from '../endpoint.ts';
import { parseStrictJson } from '../strict-json.ts';
import { createNotes } from './notes.ts';
import { readerOf } from './read-like-hubspot.ts';
import { type RawQuery, strictQueryReader, tolerantQueryReader } from './read-query.ts';

/** A request's query and body, before they are held against the endpoint's schemas. */
export type Inputs = Readonly<{
  query: unknown;
  json: unknown;
  /** The names of what was left out, because nobody reads it. */
  ignored: ReadonlySet<string>;
}>;

const nothingIgnored: ReadonlySet<string> = new Set();

/** Returns the reader of an endpoint's inputs, in the endpoint's style. The reader throws a 400 for what is no JSON. */
export function createInputReader(
  endpoint: Pick<Endpoint, 'style' | 'bodySchema' | 'querySchema'>,
): (query: RawQuery, bytes: Buffer) => Inputs {
  return endpoint.style === 'hubspot' ? tolerantReader(endpoint) : strictReader(endpoint);
}

function strictReader({ bodySchema, querySchema }: Pick<Endpoint, 'bodySchema' | 'querySchema'>) {
  const readQuery = querySchema && strictQueryReader(querySchema);
  return (query: RawQuery, bytes: Buffer): Inputs => ({
    query: readQuery?.(query, createNotes()),
    json: bodySchema ? parseStrictJson(bytes) : undefined,
    ignored: nothingIgnored,
  });
}

function tolerantReader({
  bodySchema,
  querySchema = z.object({}),
}: Pick<Endpoint, 'bodySchema' | 'querySchema'>) {
  const readQuery = tolerantQueryReader(querySchema);
  const readBody = bodySchema && readerOf(bodySchema);
  return (query: RawQuery, bytes: Buffer): Inputs => {
    const notes = createNotes(bytes);
    return {
      query: readQuery(query, notes),
      json: readBody?.(parseStrictJson(bytes), notes),
      ignored: notes.ignored,
    };
  };
}
