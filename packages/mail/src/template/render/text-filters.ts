import { cutText } from './cut-text.ts';
import { type FilterRule, strict } from './filter-rule.ts';
import { LimitExceeded } from './missing.ts';
import { isTruthy, numberOrNaN, toText } from './value.ts';

/** Longest text a filter may make, in characters: what a whole mail may be. */
export const textLengthMax = 2_097_152;

export const textFilters: Readonly<Record<string, FilterRule>> = {
  upper: strict((input) => toText(input).toUpperCase()),
  lower: strict((input) => toText(input).toLowerCase()),
  capitalize: strict((input) => capitalize(toText(input).toLowerCase())),
  title: strict((input) => toText(input).toLowerCase().replace(/\S+/gu, capitalize)),
  trim: strict((input) => toText(input).trim()),
  replace: strict((input, from, to) => replaceAll(toText(input), toText(from), toText(to))),
  cut: strict((input, unwanted) => replaceAll(toText(input), toText(unwanted), '')),
  truncate: strict((input, length, killWords, end) => {
    const lengthMax = Number.isNaN(numberOrNaN(length)) ? 255 : Math.max(0, numberOrNaN(length));
    return truncate(toText(input), {
      lengthMax,
      cutsWords: isTruthy(killWords),
      end: end == null ? '...' : toText(end),
    });
  }),
  string: strict(toText),
  concat_text: strict((input, more) => toText(input) + toText(more)),
  prepend: strict((input, more) => toText(more) + toText(input)),
  urlencode: strict((input) => encodeURIComponent(toText(input).toWellFormed())),
  striptags: strict((input) =>
    toText(input)
      .replace(/<[^>]*>?/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  ),
};

function capitalize(word: string): string {
  const [first = ''] = word;
  return first.toUpperCase() + word.slice(first.length);
}

/** The result is measured before it is built: a short text can ask for a huge one (row T02). */
function replaceAll(text: string, from: string, to: string): string {
  if (from === '') return text;
  const pieces = text.split(from);
  const length = text.length + (pieces.length - 1) * (to.length - from.length);
  if (length > textLengthMax) throw new LimitExceeded();
  return pieces.join(to);
}

function truncate(
  text: string,
  { lengthMax, cutsWords, end }: { lengthMax: number; cutsWords: boolean; end: string },
): string {
  if (text.length <= lengthMax) return text;
  const cut = cutText(text, lengthMax);
  const lastSpace = cut.lastIndexOf(' ');
  return (cutsWords || lastSpace <= 0 ? cut : cut.slice(0, lastSpace)) + end;
}
