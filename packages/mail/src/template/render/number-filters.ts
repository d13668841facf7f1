import { type FilterRule, strict } from './filter-rule.ts';
import { nonZero } from './logic-filters.ts';
import { RenderFailure } from './missing.ts';
import { isTruthy, numberOrNaN, toNumber, toText } from './value.ts';

export const numberFilters: Readonly<Record<string, FilterRule>> = {
  add: strict((left, right) => {
    const areTexts = Number.isNaN(numberOrNaN(left)) || Number.isNaN(numberOrNaN(right));
    return areTexts ? toText(left) + toText(right) : numberOrNaN(left) + numberOrNaN(right);
  }),
  minus: strict((left, right) => toNumber(left) - toNumber(right)),
  times: strict((left, right) => toNumber(left) * toNumber(right)),
  divided_by: strict((left, right) => toNumber(left) / nonZero(right)),
  floor_divide: strict((left, right) => Math.floor(toNumber(left) / nonZero(right))),
  modulo: strict((left, right) => toNumber(left) % nonZero(right)),
  negate: strict((input) => -toNumber(input)),
  abs: strict((input) => Math.abs(toNumber(input))),
  int: strict((input, fallback) => orElse(Math.trunc(numberOrNaN(input)), fallback)),
  float: strict((input, fallback) => orElse(numberOrNaN(input), fallback)),
  round: strict((input, precision, method) => round(toNumber(input), precision, method)),
  format_currency: strict((input, locale, currency, defaultDigits) => {
    const format = currencyFormat(
      orText(locale, 'en-US'),
      orText(currency, 'USD'),
      defaultDigits === undefined || isTruthy(defaultDigits),
    );
    return format.format(toNumber(input));
  }),
};

function orElse(number: number, fallback: unknown): number {
  return Number.isNaN(number) ? numberOrNaN(fallback ?? 0) || 0 : number;
}

function orText(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

const roundings: Readonly<Record<string, (value: number) => number>> = { ceil: Math.ceil, floor: Math.floor };

/** Half away from zero, shown with all its digits, as in HubL: `12.5|round(2)` is 12.50. */
function round(value: number, precision: unknown, method: unknown): string {
  const digits = Math.min(Math.max(Math.trunc(numberOrNaN(precision ?? 0)) || 0, 0), 20);
  const rounding = roundings[orText(method, '')] ?? roundHalfUp;
  const scaled = Number(`${value}e${digits}`);
  // Beyond 2^53 a double has no decimals left to round, and `1e21e2` is no number.
  if (!(Math.abs(scaled) < Number.MAX_SAFE_INTEGER)) return value.toFixed(digits);
  return Number(`${rounding(scaled)}e-${digits}`).toFixed(digits);
}

function roundHalfUp(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making a format costs a thousand times what using it does; there are few, and the map is emptied when it is full. */
function currencyFormat(locale: string, currency: string, hasDefaultDigits: boolean): Intl.NumberFormat {
  const key = `${locale} ${currency} ${hasDefaultDigits}`;
  const known = formats.get(key);
  if (known) return known;
  if (formats.size >= 100) formats.clear();
  const format = newCurrencyFormat(locale, currency, hasDefaultDigits);
  formats.set(key, format);
  return format;
}

function newCurrencyFormat(locale: string, currency: string, hasDefaultDigits: boolean): Intl.NumberFormat {
  try {
    const digits = hasDefaultDigits ? {} : { minimumFractionDigits: 0 };
    return new Intl.NumberFormat(locale, { style: 'currency', currency, ...digits });
  } catch (cause) {
    throw new RenderFailure('format_currency has an unknown locale or currency', { cause });
  }
}
