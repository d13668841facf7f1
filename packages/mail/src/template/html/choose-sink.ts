import { Refusal } from '../hubl/refusal.ts';
import { schemeOf } from '../render/sinks.ts';
import { isForbiddenAttribute, isUrlAttribute } from './attribute-value.ts';
import type { Place } from './place.ts';

/** How an output is escaped. `none` shows nothing: it stands in a comment. */
export type SinkChoice = 'html' | 'css' | 'none' | UrlSink;

/** `url` begins a URL, `url_rest` continues one that a value began, `url_path` and `url_part` are a piece of one. */
export type UrlSink = 'url' | 'url_rest' | 'url_path' | 'url_part';

/** What stands before an output in its attribute's value: the written text, decoded, and whether another output does. */
export type Before = Readonly<{ text: string; hasOutput: boolean }>;

/** Decides how the output at `at` is escaped, from where it lands. Throws a Refusal where no value may stand. */
export function chooseSink(place: Place, at: number, before: () => Before): SinkChoice {
  switch (place.kind) {
    case 'text':
      return 'html';
    case 'comment':
      return 'none';
    case 'raw':
      return sinkInRaw(place.element, at);
    case 'attribute':
      return sinkInAttribute(place, at, before);
    default:
      throw new Refusal(at, 'A value may stand in text or in an attribute’s value, not inside a tag itself.');
  }
}

function sinkInRaw(element: string, at: number): SinkChoice {
  if (element === 'title' || element === 'textarea') return 'html';
  if (element === 'style') return 'css';
  throw new Refusal(
    at,
    `A value inside <${element}> is not supported: mail programs remove it, and it cannot be escaped safely.`,
  );
}

function sinkInAttribute(
  { attribute }: Extract<Place, { kind: 'attribute' }>,
  at: number,
  before: () => Before,
): SinkChoice {
  const { name, quote } = attribute;
  if (quote !== 'quoted') throw new Refusal(at, `Put the value of ${name} in quotes: ${name}="{{ … }}".`);
  if (isForbiddenAttribute(name))
    throw new Refusal(at, `A value inside the attribute ${name} is not supported.`);
  if (name === 'style') return 'css';
  return isUrlAttribute(name) ? chooseUrlSink(before()) : 'html';
}

/** Decides how a value inside a URL is encoded, from what stands before it. */
export function chooseUrlSink({ text, hasOutput }: Before): UrlSink {
  const written = text.trim();
  if (written === '') return hasOutput ? 'url_rest' : 'url';
  if (/[?#]/.test(written) || schemeOf(written) === 'mailto') return 'url_part';
  return schemeOf(written) === 'tel' ? 'url_rest' : 'url_path';
}
