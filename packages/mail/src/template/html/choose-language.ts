import { Refusal } from '../hubl/refusal.ts';
import { isForbiddenAttribute, isUrlAttribute } from './attribute-value.ts';
import type { Place } from './place.ts';

/** How an output is escaped: as text of HTML, by its place in a URL or a style, or not shown, since it is in a comment. */
export type Language = 'html' | 'url' | 'css' | 'none';

/** Decides how the output at `at` is escaped, from where it lands. Throws a Refusal where no value may stand. */
export function chooseLanguage(place: Place, at: number): Language {
  switch (place.kind) {
    case 'text':
      return 'html';
    case 'comment':
      return 'none';
    case 'raw':
      return languageInRaw(place.element, at);
    case 'attribute':
      return languageInAttribute(place, at);
    default:
      throw new Refusal(at, 'A value may stand in text or in an attribute’s value, not inside a tag itself.');
  }
}

function languageInRaw(element: string, at: number): Language {
  if (element === 'title' || element === 'textarea') return 'html';
  if (element === 'style') return 'css';
  throw new Refusal(
    at,
    `A value inside <${element}> is not supported: mail programs remove it, and it cannot be escaped safely.`,
  );
}

function languageInAttribute({ attribute }: Extract<Place, { kind: 'attribute' }>, at: number): Language {
  const { name, quote } = attribute;
  if (quote !== 'quoted') throw new Refusal(at, `Put the value of ${name} in quotes: ${name}="{{ … }}".`);
  if (isForbiddenAttribute(name))
    throw new Refusal(at, `A value inside the attribute ${name} is not supported.`);
  if (name === 'style') return 'css';
  return isUrlAttribute(name) ? 'url' : 'html';
}
