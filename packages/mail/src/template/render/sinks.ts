import { Missing } from './missing.ts';
import { toText } from './value.ts';

/** Where missing properties are written down while a mail is rendered. */
export type MissingLog = { missing: Set<string> };

/** Turns a value into text that is safe where it lands. What is missing is noted, and shows as nothing. */
export type Sink = (value: unknown, log: MissingLog) => string;

// Control characters have no place in a mail; ours mark slots (see markers.ts), so none may come from a value.
const controls = /[\p{Cc}--[\t\n\r]]/gv;
const suspiciousHtml = /[[\p{Cc}--[\t\n\r]]\&<>"']/v;
const suspiciousText = /[\p{Cc}--[\t\n]]/v;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Longest value in a header, in characters; a property of 1 MB in a subject is cut (row T04). */
const headerLengthMax = 1_000;

/** Escapes for HTML text and for quoted attribute values. */
export function escapeHtml(text: string): string {
  if (!suspiciousHtml.test(text)) return text;
  return text.replace(controls, '').replace(/[&<>"']/g, (char) => entities[char] ?? char);
}

function textOrMissing(value: unknown, { missing }: MissingLog): string {
  if (!(value instanceof Missing)) return toText(value);
  missing.add(value.path);
  return '';
}

/** The schemes a mail may link to (row T05); `cid` names an inline image (RFC 2392). */
const schemes: ReadonlySet<string> = new Set(['http', 'https', 'mailto', 'tel', 'cid']);

/** A URL without what browsers skip inside a scheme, in the characters RFC 3986 allows; `%41` stays as it is. */
function toUrlCharacters(text: string): string {
  const visible = text.toWellFormed().replace(/[\p{Cc} ]+/gu, (found) => (/^ +$/.test(found) ? found : ''));
  return visible.trim().replace(/[^\w:/?#[\]@!$&'()*+,;=.~%-]|%(?![0-9a-fA-F]{2})/gu, encodeURIComponent);
}

/** The scheme in lower case, `undefined` where a URL is relative. Spaces and control characters before and in it do not hide it. */
export function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc} ]/gu, ''))?.[1]?.toLowerCase();
}

/** Whether a mail may carry this URL: relative, or of an allowed scheme. */
export function isAllowedUrl(url: string): boolean {
  const scheme = schemeOf(url);
  return scheme === undefined || schemes.has(scheme);
}

/** A value that begins a URL: it may bring its scheme, an allowed one; a bare word may not, since `:` could follow it. */
function beginUrl(text: string): string {
  const url = toUrlCharacters(text);
  return isAllowedUrl(url) && /[:./?#]/.test(url) ? url : '';
}

export const sinks: Readonly<Record<string, Sink>> = {
  html: (value, log) => escapeHtml(textOrMissing(value, log)),
  url: (value, log) => beginUrl(textOrMissing(value, log)),
  /** Behind another value that began the URL, or may have been empty: it brings no scheme. */
  url_rest: (value, log) => {
    const url = toUrlCharacters(textOrMissing(value, log));
    return schemeOf(url) === undefined ? url : url.replace(':', '%3A');
  },
  url_path: (value, log) =>
    encodeURIComponent(textOrMissing(value, log).toWellFormed()).replaceAll('%2F', '/'),
  url_part: (value, log) => encodeURIComponent(textOrMissing(value, log).toWellFormed()),
  css: (value, log) => textOrMissing(value, log).replace(/[^\w #%.,-]/g, ''),
  header: (value, log) => {
    const text = textOrMissing(value, log).slice(0, headerLengthMax);
    return /\p{Cc}/u.test(text) ? text.replace(/\p{Cc}+/gu, ' ').trim() : text;
  },
  text: (value, log) => {
    const text = textOrMissing(value, log);
    return suspiciousText.test(text) ? text.replace(/\r\n?/g, '\n').replace(controls, '') : text;
  },
};
