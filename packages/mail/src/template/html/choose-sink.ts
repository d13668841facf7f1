import { Refusal } from '../hubl/refusal.ts';
import { isForbiddenAttribute, isUrlAttribute } from './attribute-value.ts';
import { type Around, chooseUrlSink, type UrlSink } from './choose-url-sink.ts';
import type { Place } from './place.ts';

/** How an output is escaped. `none` shows nothing: it stands in a comment. */
export type SinkChoice = 'html' | 'css' | 'none' | UrlSink;

/** Decides how the output at `at` is escaped, from where it lands. Throws a Refusal where no value may stand. */
export function chooseSink(place: Place, at: number, around: () => Around): SinkChoice {
  switch (place.kind) {
    case 'text':
      return 'html';
    case 'comment':
      return 'none';
    case 'raw':
      return sinkInRaw(place.element, at);
    case 'attribute':
      return sinkInAttribute(place, at, around);
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
  around: () => Around,
): SinkChoice {
  const { name, quote } = attribute;
  if (quote !== 'quoted') throw new Refusal(at, `Put the value of ${name} in quotes: ${name}="{{ … }}".`);
  if (isForbiddenAttribute(name))
    throw new Refusal(at, `A value inside the attribute ${name} is not supported.`);
  if (name === 'style') return 'css';
  return isUrlAttribute(name) ? chooseUrlSink(around()) : 'html';
}
