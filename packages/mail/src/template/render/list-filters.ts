import { type FilterRule, lenient, strict } from './filter-rule.ts';
import { LimitExceeded, Missing } from './missing.ts';
import { textLengthMax } from './text-filters.ts';
import { isPlainObject, isTruthy, numberOrNaN, readProperty, toList, toNumber, toText } from './value.ts';

/** Most numbers `range` gives, as in HubL. */
const rangeLengthMax = 1_000;

export const listFilters: Readonly<Record<string, FilterRule>> = {
  list: lenient((_, ...items) => items),
  length: strict((input) => (typeof input === 'string' ? [...input].length : toList(input).length)),
  first: strict((input) => (typeof input === 'string' ? [...input][0] : toList(input)[0]) ?? null),
  last: strict((input) => (typeof input === 'string' ? [...input].at(-1) : toList(input).at(-1)) ?? null),
  join: strict((input, delimiter, attribute) => join(attributesOf(input, attribute), toText(delimiter))),
  split: strict((input, separator) => toText(input).split(separator == null ? ' ' : toText(separator))),
  map: strict(attributesOf),
  sum: strict((input, attribute) =>
    attributesOf(input, attribute).reduce<number>((sum, item) => sum + toNumber(item), 0),
  ),
  sort: strict((input, reversed, caseSensitive, attribute) => {
    const sorted = sort(toList(input), { isCaseSensitive: isTruthy(caseSensitive), attribute });
    return isTruthy(reversed) ? sorted.reverse() : sorted;
  }),
  reverse: strict((input) =>
    typeof input === 'string' ? [...input].reverse().join('') : [...toList(input)].reverse(),
  ),
  unique: strict((input, attribute) => unique(toList(input), attribute)),
  items: strict((input) => (isPlainObject(input) ? Object.entries(input) : [])),
  keys: strict((input) => (isPlainObject(input) ? Object.keys(input) : [])),
  values: strict((input) => (isPlainObject(input) ? Object.values(input) : toList(input))),
  range: strict((from, to, step) => range(toNumber(from), toNumber(to), step == null ? 1 : toNumber(step))),
};

function attributeOf(item: unknown, attribute: unknown): unknown {
  if (attribute == null) return item;
  return toText(attribute)
    .split('.')
    .reduce((value, name) => readProperty(value, name, toText(attribute)), item);
}

function attributesOf(input: unknown, attribute: unknown): readonly unknown[] {
  return toList(input).map((item) => attributeOf(item, attribute));
}

function join(items: readonly unknown[], delimiter: string): unknown {
  const absent = items.find((item) => item instanceof Missing);
  if (absent) return absent;
  const texts = items.map(toText);
  const length = texts.reduce((sum, text) => sum + text.length + delimiter.length, 0);
  if (length > textLengthMax) throw new LimitExceeded();
  return texts.join(delimiter);
}

function sort(
  items: readonly unknown[],
  { isCaseSensitive, attribute }: { isCaseSensitive: boolean; attribute: unknown },
): unknown[] {
  const keyOf = (item: unknown) => {
    const value = attributeOf(item, attribute);
    return typeof value === 'number' || isCaseSensitive ? value : toText(value).toLowerCase();
  };
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => compareKeys(left.key, right.key))
    .map(({ item }) => item);
}

function compareKeys(left: unknown, right: unknown): number {
  const difference = numberOrNaN(left) - numberOrNaN(right);
  if (!Number.isNaN(difference)) return difference;
  const [a, b] = [toText(left), toText(right)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function unique(items: readonly unknown[], attribute: unknown): unknown[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = JSON.stringify(attributeOf(item, attribute)) ?? '';
    return seen.size < seen.add(key).size;
  });
}

function range(from: number, to: number, step: number): number[] {
  const length = step === 0 ? 0 : Math.min(Math.ceil((to - from) / step), rangeLengthMax);
  return Array.from({ length: Math.max(length, 0) }, (_, index) => from + index * step);
}
