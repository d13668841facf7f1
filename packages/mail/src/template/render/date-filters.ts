import { type FilterRule, strict } from './filter-rule.ts';
import { formatPattern } from './format-pattern.ts';
import { formatTime } from './format-time.ts';
import { RenderFailure } from './missing.ts';
import { toText } from './value.ts';

export const dateFilters: Readonly<Record<string, FilterRule>> = {
  datetimeformat: strict((input, format, timeZone) => {
    const zone = typeof timeZone === 'string' && timeZone !== '' ? timeZone : 'UTC';
    return formatTime(toTimeMs(input), format == null ? '%B %d, %Y' : toText(format), zone);
  }),
  format_date: strict((input, ...args) => formatBy('date', input, args)),
  format_datetime: strict((input, ...args) => formatBy('datetime', input, args)),
};

function formatBy(style: 'date' | 'datetime', input: unknown, args: readonly unknown[]): string {
  const [format, timeZone, locale] = args.map((arg) => (arg == null ? '' : toText(arg)));
  return formatPattern(toTimeMs(input), {
    style,
    format: format || 'medium',
    timeZone: timeZone || 'UTC',
    locale: locale || 'en-US',
  });
}

const isoDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[-+]\d{2}:?\d{2})?)?$/;

/** Milliseconds since 1970, as HubSpot's date properties are, or an ISO 8601 date; without a zone it is UTC. */
function toTimeMs(value: unknown): number {
  const text = toText(value).trim();
  const iso = isoDate.exec(text);
  const hasZone = iso?.[1] !== undefined || text.length === 10;
  const timeMs = iso ? Date.parse(text.replace(' ', 'T') + (hasZone ? '' : 'Z')) : wholeNumber(text);
  // Years 0 to 9999: beyond, no format means anything.
  if (timeMs >= -62_167_219_200_000 && timeMs <= 253_402_300_799_999) return timeMs;
  throw new RenderFailure('a filter for dates was given something that is no date');
}

function wholeNumber(text: string): number {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
