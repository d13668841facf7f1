import { decodeBytes } from './decode-bytes.ts';

/** The value of Content-Type or Content-Disposition, taken apart; names and `value` in lower case. */
export type MediaType = Readonly<{ value: string; parameters: ReadonlyMap<string, string> }>;

/** One parameter where it stands: from its semicolon to the end of its value. */
export type WrittenParameter = Readonly<{ name: string; value: string; start: number; end: number }>;

/** Longest value that is read: what is longer is nothing a mail program wrote. */
const lengthMax = 8_192;
const continuationsMax = 200;

/**
 * Reads `type/subtype; name=value` (RFC 2045, section 5.1). The first of two parameters of one name counts.
 *
 * Values in continuations (`boundary*0=…; boundary*1=…`) are joined, percent-encoded ones decoded (RFC 2231), comments left
 * out, and bare values taken that would need quotes.
 */
export function readMediaType(text: string): MediaType {
  const short = text.slice(0, lengthMax);
  const parameters = new Map<string, string>();
  const extended = new Map<string, string>();
  for (const { name, value } of writtenParameters(short)) {
    const into = name.includes('*') ? extended : parameters;
    if (!into.has(name)) into.set(name, value);
  }
  for (const base of new Set([...extended.keys()].map(baseName)))
    if (!parameters.has(base)) parameters.set(base, joinSections(extended, base));
  const value = /^\s*([^;\s(]*)/.exec(short)?.[1]?.toLowerCase() ?? '';
  return { value, parameters };
}

/** The name of a parameter without what RFC 2231 adds to it. */
export function baseName(name: string): string {
  return name.replace(/\*.*$/, '');
}

/** Joins the sections of one parameter and decodes those that are percent-encoded. */
export function joinSections(sections: ReadonlyMap<string, string>, base: string): string {
  const single = sections.get(`${base}*`);
  if (single !== undefined) return decodeExtended(single);
  let charset = 'utf-8';
  let bytes = '';
  for (let index = 0; index < continuationsMax; index += 1) {
    const plain = sections.get(`${base}*${index}`);
    const encoded = sections.get(`${base}*${index}*`);
    if (plain === undefined && encoded === undefined) break;
    const [, label, content = encoded ?? ''] = (index === 0 && extendedValue.exec(encoded ?? '')) || [];
    if (label) charset = label;
    bytes += plain ?? percentDecoded(content);
  }
  return decodeBytes(bytes, charset.toLowerCase());
}

const extendedValue = /^([^']*)'[^']*'(.*)$/s;

function decodeExtended(value: string): string {
  const [, charset = '', content = value] = extendedValue.exec(value) ?? [];
  return decodeBytes(percentDecoded(content), charset.toLowerCase() || 'utf-8');
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The parameters of a value, in order; names in lower case. Linear in the text. */
export function writtenParameters(text: string): WrittenParameter[] {
  const parameters: WrittenParameter[] = [];
  let at = endOfWord(text, 0, ';');
  while (at < text.length) {
    const start = at;
    const nameStart = skipFiller(text, at + 1);
    const nameEnd = endOfWord(text, nameStart, ';=');
    const name = text.slice(nameStart, nameEnd).trim().toLowerCase();
    if (text[nameEnd] !== '=') {
      at = nameEnd;
      continue;
    }
    const { value, end } = readValue(text, skipFiller(text, nameEnd + 1), name);
    if (/^[!#$%&'*+.^_`{|}~\w-]{1,80}$/.test(name)) parameters.push({ name, value, start, end });
    at = endOfWord(text, end, ';');
  }
  return parameters;
}

function readValue(text: string, start: number, name: string): { value: string; end: number } {
  if (text[start] === '"') return readQuoted(text, start);
  let end = start;
  while (end < text.length && text[end] !== ';') end += 1;
  const bare = text.slice(start, end);
  // A file name with blanks and no quotes goes to the semicolon; behind any other value a blank begins a comment or nonsense.
  const value = (/^(?:file)?name/.test(name) ? bare : (/^[^\s(]*/.exec(bare)?.[0] ?? '')).trim();
  return { value, end: start + value.length };
}

function readQuoted(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return { value, end: at + 1 };
    if (text[at] === '\\' && at + 1 < text.length) at += 1;
    value += text[at] ?? '';
  }
  return { value, end: text.length };
}

/** Where one of `ends` stands outside of quotes and comments, or the text's end. */
function endOfWord(text: string, from: number, ends: string): number {
  let at = from;
  while (at < text.length && !ends.includes(text[at] ?? '')) {
    if (text[at] === '"') at = readQuoted(text, at).end;
    else if (text[at] === '(') at = endOfComment(text, at);
    else at += 1;
  }
  return Math.min(at, text.length);
}

function skipFiller(text: string, from: number): number {
  let at = from;
  while (at < text.length && (text[at]?.trim() === '' || text[at] === '(')) {
    at = text[at] === '(' ? endOfComment(text, at) : at + 1;
  }
  return at;
}

/** Comments nest (RFC 5322, section 3.2.2); a parenthesis that is never closed ends with the text. */
function endOfComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}
