import { decodeWords } from './encoded-words.ts';

/** Fields of a header by lower-case name, each value unfolded and trimmed, in order. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/** Longest value that is looked at for parameters or words. */
const readMax = 4_096;

/** Reads a header block (RFC 5322, section 2.2). Skips lines that are no fields. */
export function parseHeaderFields(block: string): HeaderFields {
  const fields = new Map<string, string[]>();
  for (const field of block.split(/\r?\n(?![ \t])/)) {
    const colon = field.indexOf(':');
    if (colon < 1) continue;
    const name = field.slice(0, colon).trim().toLowerCase();
    const value = field
      .slice(colon + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim();
    const values = fields.get(name);
    if (values) values.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

/** Returns the first value of a field, cut to 4,096 characters, or an empty string. */
export function fieldOf(fields: HeaderFields, name: string): string {
  return fields.get(name)?.[0]?.slice(0, readMax) ?? '';
}

/** Returns the subject with its encoded words undone, at most 1,000 characters of it. */
export function subjectOf(fields: HeaderFields): string {
  return decodeWords(fieldOf(fields, 'subject'));
}
