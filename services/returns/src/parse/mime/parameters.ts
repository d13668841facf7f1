/** Longest field and number of parameters that are looked at. */
const readMax = 8_192;
const parametersMax = 100;

const parameter =
  /;\s*([\w!#$&^.+-]{1,60})(\*\d{1,2})?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.){0,2000})"|([^\s;"]{0,2000}))/gs;

/**
 * Returns the parameters of a structured field by lower-case name (RFC 2045, section 5.1), with comments left out and
 * continuations and percent encoding undone (RFC 2231, section 3 and 4).
 */
export function parseParameters(field: string): ReadonlyMap<string, string> {
  const whole = new Map<string, string>();
  const pieces = new Map<string, string[]>();
  let count = 0;
  for (const match of withoutComments(field.slice(0, readMax)).matchAll(parameter)) {
    count += 1;
    if (count > parametersMax) break;
    const [, rawName = '', section, isEncoded, quoted, token = ''] = match;
    const name = rawName.toLowerCase();
    const text = quoted?.replace(/\\(.)/gs, '$1') ?? token;
    const value = isEncoded ? decodePercent(text) : text;
    if (section === undefined) {
      if (!whole.has(name)) whole.set(name, value);
    } else {
      const found = pieces.get(name) ?? [];
      found[Number(section.slice(1))] ??= value;
      pieces.set(name, found);
    }
  }
  for (const [name, found] of pieces) if (!whole.has(name)) whole.set(name, found.join(''));
  return whole;
}

/** `charset'language'text` without what stands before the text. The names we read are ASCII, so bytes are enough. */
function decodePercent(text: string): string {
  return text
    .replace(/^[\w-]{0,40}'[\w-]{0,40}'/, '')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Comments stand between parameters; inside quotes a bracket is a character. */
function withoutComments(field: string): string {
  return field.replace(/"(?:[^"\\]|\\.){0,2000}"|\([^()"]{0,500}\)/gs, (found) =>
    found.startsWith('"') ? found : ' ',
  );
}
