/** The value of Content-Type or Content-Disposition, taken apart; names and `value` in lower case. */
export type MediaType = Readonly<{ value: string; parameters: ReadonlyMap<string, string> }>;

const parameter =
  /;\s*([!#$%&'*+.^_`{|}~\w-]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.){0,2000})"|([^\s;"]{0,2000}))/gs;

/** Longest value that is read: what is longer is nothing a mail program wrote. */
const lengthMax = 8_192;

/** Reads `type/subtype; name=value` (RFC 2045, section 5.1). The first of two parameters of one name counts. */
export function readMediaType(text: string): MediaType {
  const short = text.slice(0, lengthMax);
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of short.matchAll(parameter)) {
    const lower = name.toLowerCase();
    if (!parameters.has(lower)) parameters.set(lower, quoted?.replace(/\\(.)/gs, '$1') ?? bare);
  }
  const value = /^[^;\s(]*/.exec(short)?.[0].toLowerCase() ?? '';
  return { value, parameters };
}
