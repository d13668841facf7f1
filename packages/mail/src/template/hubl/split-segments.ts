import { Refusal } from './refusal.ts';

/** A stretch of a template: text, the inside of `{{ }}` (output) or of `{% %}` (tag). Comments are left out. */
export type Segment = Readonly<{
  kind: 'text' | 'output' | 'tag';
  /** The whole stretch, delimiters included. */
  start: number;
  end: number;
  /** What is between the delimiters, without the `-` of whitespace control; for text, the text. */
  innerStart: number;
  inner: string;
  trimsBefore: boolean;
  trimsAfter: boolean;
}>;

type Kind = Segment['kind'] | 'comment';

const openings = { '{{': 'output', '{%': 'tag', '{#': 'comment' } as const;
const closings = { output: '}}', tag: '%}', comment: '#}' } as const;

/**
 * Splits a HubL template at its tags, in one pass, linear in its length.
 *
 * `{% raw %}…{% endraw %}` comes out as text, `{# #}` and `{% comment %}…{% endcomment %}` not at all. Throws a
 * Refusal where a tag is not closed.
 */
export function splitSegments(source: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < source.length) {
    const open = nextOpening(source, at);
    if (open > at) segments.push(textSegment(source, at, open));
    if (open === source.length) break;
    at = readTag(source, open, segments);
  }
  return segments;
}

function nextOpening(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    const next = source[at + 1];
    if (next === '{' || next === '%' || next === '#') return at;
  }
  return source.length;
}

function readTag(source: string, start: number, segments: Segment[]): number {
  const kind = kindAt(source, start);
  const end = endOfTag(source, start, kind);
  if (kind === 'comment') return end;
  const segment = tagSegment(source, { kind, start, end });
  const name = kind === 'tag' ? /^\s*(raw|comment)\s*$/.exec(segment.inner)?.[1] : undefined;
  if (!name) {
    segments.push(segment);
    return end;
  }
  const close = new RegExp(`\\{%-?\\s*end${name}\\s*-?%\\}`, 'g');
  close.lastIndex = end;
  const found = close.exec(source);
  if (!found) throw new Refusal(start, `{% ${name} %} is never closed: add {% end${name} %}.`);
  if (name === 'raw' && found.index > end) segments.push(textSegment(source, end, found.index));
  return close.lastIndex;
}

function kindAt(source: string, start: number): Exclude<Kind, 'text'> {
  const opening = source.slice(start, start + 2);
  if (opening === '{{' || opening === '{%') return openings[opening];
  return 'comment';
}

/** Finds where the tag ends; a delimiter inside quotes does not count. */
function endOfTag(source: string, start: number, kind: Exclude<Kind, 'text'>): number {
  const closing = closings[kind];
  let quote = '';
  for (let at = start + 2; at < source.length; at += 1) {
    const char = source[at];
    if (quote) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (kind !== 'comment' && (char === '"' || char === "'")) quote = char;
    else if (char === closing[0] && source[at + 1] === closing[1]) return at + 2;
  }
  throw new Refusal(start, `${source.slice(start, start + 2)} is never closed: expected ${closing}.`);
}

function textSegment(source: string, start: number, end: number): Segment {
  const inner = source.slice(start, end);
  return { kind: 'text', start, end, innerStart: start, inner, trimsBefore: false, trimsAfter: false };
}

function tagSegment(
  source: string,
  { kind, start, end }: { kind: 'output' | 'tag'; start: number; end: number },
): Segment {
  const trimsBefore = source[start + 2] === '-';
  const innerStart = start + (trimsBefore ? 3 : 2);
  const trimsAfter = end - 3 >= innerStart && source[end - 3] === '-';
  const inner = source.slice(innerStart, end - (trimsAfter ? 3 : 2));
  return { kind, start, end, innerStart, inner, trimsBefore, trimsAfter };
}
