/** Fields of a header by lower-case name, each value unfolded and trimmed, in order. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/** Longest value that is looked at for parameters or words. */
const readMax = 4_096;

/** Reads a header block (RFC 5322, section 2.2). What is no field is passed over. */
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

/** The first value of a field, cut to 4,096 characters; empty where there is none. */
export function fieldOf(fields: HeaderFields, name: string): string {
  return fields.get(name)?.[0]?.slice(0, readMax) ?? '';
}

/** A parameter of a structured field (RFC 2045, section 5.1); undefined where there is none. */
export function parameterOf(value: string, name: 'boundary' | 'charset' | 'report-type'): string | undefined {
  const match = parameters[name].exec(value);
  return match?.[1] ?? match?.[2];
}

const parameters = {
  boundary: /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;]{1,200}))/i,
  charset: /;\s*charset\s*=\s*(?:"([^"]{1,60})"|([^\s;]{1,60}))/i,
  'report-type': /;\s*report-type\s*=\s*(?:"([^"]{1,60})"|([^\s;]{1,60}))/i,
} as const;
