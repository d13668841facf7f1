import { cssSinks } from './css-sinks.ts';
import { cutText } from './cut-text.ts';
import { type Sink, textSink } from './sink.ts';
import { urlSinks } from './url-sinks.ts';

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

/** Every sink, by the name of its filter. A released name keeps its meaning: published versions hold it. */
export const sinks: Readonly<Record<string, Sink>> = {
  ...urlSinks,
  ...cssSinks,
  html: textSink(escapeHtml),
  header: textSink((text) => {
    const cut = cutText(text, headerLengthMax);
    return /\p{Cc}/u.test(cut) ? cut.replace(/\p{Cc}+/gu, ' ').trim() : cut;
  }),
  text: textSink((text) =>
    suspiciousText.test(text) ? text.replace(/\r\n?/g, '\n').replace(controls, '') : text,
  ),
};
