import { formatTime, zoneOffsetMs } from './format-time.ts';
import { RenderFailure } from './missing.ts';

export type DateFormat = Readonly<{
  style: 'date' | 'datetime';
  /** `short`, `medium`, `long`, `full`, or a pattern of Unicode's letters (UTS 35, part 4), as in Java. */
  format: string;
  /** IANA name, or an offset such as `+02:00` or `GMT+2`. */
  timeZone: string;
  /** BCP 47; `de_DE` is read as `de-DE`. */
  locale: string;
}>;

type Moment = Readonly<{
  timeMs: number;
  local: Date;
  offsetMinutes: number;
  timeZone: string;
  locale: string;
}>;

/** Longest pattern, in characters: no date needs more. */
const patternLengthMax = 200;

/**
 * Formats a time as HubL's `format_date` and `format_datetime` do. A pattern with `%` and a letter is one of strftime, which
 * these filters took before. Throws a RenderFailure for an unknown zone, locale or letter.
 */
export function formatPattern(timeMs: number, { style, format, timeZone, locale }: DateFormat): string {
  const zone = timeZone
    .replace(/^(?:GMT|UTC)([-+])(\d)$/, '$10$2:00')
    .replace(/^(?:GMT|UTC)([-+]\d\d)$/, '$1:00');
  const size = sizeOf(format.toLowerCase());
  const language = locale.replaceAll('_', '-');
  if (size) {
    const time = style === 'date' ? {} : { timeStyle: size };
    const formatter = formatterOf(language, { dateStyle: size, ...time, timeZone: zone });
    // Newer data of Unicode has a narrow blank before AM, which older mail programs do not show.
    return formatter.format(timeMs).replaceAll('\u202f', ' ');
  }
  if (/%-?[A-Za-z]/.test(format)) return formatTime(timeMs, format, zone);
  const offsetMs = zoneOffsetMs(timeMs, zone);
  const local = new Date(timeMs + offsetMs);
  return writePattern(format, {
    timeMs,
    local,
    offsetMinutes: offsetMs / 60_000,
    timeZone: zone,
    locale: language,
  });
}

function sizeOf(format: string): 'short' | 'medium' | 'long' | 'full' | undefined {
  return format === 'short' || format === 'medium' || format === 'long' || format === 'full'
    ? format
    : undefined;
}

function writePattern(pattern: string, moment: Moment): string {
  if (pattern.length > patternLengthMax) throw new RenderFailure('the pattern of a date is too long');
  return pattern.replace(
    /''|'((?:[^']|'')*)'|([A-Za-z])\2*|[[\]]|[{}#']/g,
    (run, quoted?: string, letter?: string) => {
      if (run === "''") return "'";
      if (quoted !== undefined) return quoted.replaceAll("''", "'");
      if (run === '[' || run === ']') return '';
      const write = letter !== undefined && Object.hasOwn(letters, letter) ? letters[letter] : undefined;
      const text = write?.(moment, run.length);
      if (text !== undefined) return text;
      throw new RenderFailure('the pattern of a date has a letter or sign that means nothing in it');
    },
  );
}

/** Writes one run of a letter; undefined where such a run means nothing. */
type Write = (moment: Moment, length: number) => string | undefined;

function number(read: (local: Date) => number): Write {
  return ({ local }, length) => String(read(local)).padStart(length, '0');
}

function year(local: Date): number {
  return local.getUTCFullYear();
}

const writeYear: Write = ({ local }, length) =>
  length === 2 ? String(year(local) % 100).padStart(2, '0') : String(year(local)).padStart(length, '0');

const widths = { 3: 'short', 4: 'long', 5: 'narrow' } as const;

function widthOf(length: number): 'short' | 'long' | 'narrow' | undefined {
  return length === 3 || length === 4 || length === 5 ? widths[length] : undefined;
}

/** A month that stands beside a day may have another form than one alone. */
function writeMonth(isAlone: boolean): Write {
  return (moment, length) => {
    const month = widthOf(length);
    if (month === undefined)
      return length > 2 ? undefined : String(moment.local.getUTCMonth() + 1).padStart(length, '0');
    return partOf(moment, 'month', isAlone ? { month } : { month, day: 'numeric' });
  };
}

const writeWeekday: Write = (moment, length) => {
  const weekday = widthOf(Math.max(3, length));
  return weekday && partOf(moment, 'weekday', { weekday });
};

function writeOffset(hasZ: boolean): Write {
  return ({ offsetMinutes }, length) => {
    if (hasZ && offsetMinutes === 0) return 'Z';
    const [hours, minutes] = offsetParts(offsetMinutes);
    if (length === 1) return minutes === '00' ? hours : hours + minutes;
    return length === 2 ? hours + minutes : length === 3 ? `${hours}:${minutes}` : undefined;
  };
}

function offsetParts(offsetMinutes: number): [hours: string, minutes: string] {
  const size = Math.abs(offsetMinutes);
  const hours = String(Math.floor(size / 60)).padStart(2, '0');
  return [`${offsetMinutes < 0 ? '-' : '+'}${hours}`, String(size % 60).padStart(2, '0')];
}

const writeZone: Write = ({ offsetMinutes }, length) => {
  const [hours, minutes] = offsetParts(offsetMinutes);
  if (length < 4) return hours + minutes;
  if (length === 4) return offsetMinutes === 0 ? 'GMT' : `GMT${hours}:${minutes}`;
  return offsetMinutes === 0 ? 'Z' : `${hours}:${minutes}`;
};

const letters: Readonly<Record<string, Write>> = {
  y: writeYear,
  u: writeYear,
  Y: writeYear,
  M: writeMonth(false),
  L: writeMonth(true),
  d: number((local) => local.getUTCDate()),
  D: number((local) => Math.floor((local.getTime() - Date.UTC(year(local), 0, 1)) / 86_400_000) + 1),
  E: writeWeekday,
  c: (moment, length) => (length < 3 ? undefined : writeWeekday(moment, length)),
  a: (moment, length) =>
    length > 1 ? undefined : partOf(moment, 'dayPeriod', { hour: 'numeric', hour12: true }),
  h: number((local) => local.getUTCHours() % 12 || 12),
  K: number((local) => local.getUTCHours() % 12),
  H: number((local) => local.getUTCHours()),
  k: number((local) => local.getUTCHours() || 24),
  m: number((local) => local.getUTCMinutes()),
  s: number((local) => local.getUTCSeconds()),
  S: ({ local }, length) =>
    String(local.getUTCMilliseconds()).padStart(3, '0').padEnd(length, '0').slice(0, length),
  Q: ({ local }, length) => `${length === 3 ? 'Q' : ''}${Math.floor(local.getUTCMonth() / 3) + 1}`,
  z: (moment, length) =>
    zoneName(
      moment,
      length < 4 ? { locale: 'en-US', name: 'short' } : { locale: moment.locale, name: 'long' },
    ),
  V: ({ timeZone }, length) => (length === 2 ? timeZone : undefined),
  Z: writeZone,
  X: writeOffset(true),
  x: writeOffset(false),
};

type Part = 'month' | 'weekday' | 'dayPeriod';

function partOf({ local, locale }: Moment, part: Part, options: Intl.DateTimeFormatOptions): string {
  const parts = formatterOf(locale, { ...options, timeZone: 'UTC' }).formatToParts(local);
  return parts.find(({ type }) => type === part)?.value ?? '';
}

function zoneName(
  { timeMs, timeZone }: Moment,
  { locale, name }: { locale: string; name: 'short' | 'long' },
): string {
  const parts = formatterOf(locale, { timeZone, timeZoneName: name }).formatToParts(timeMs);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

const formatters = new Map<string, Intl.DateTimeFormat>();
const formattersMax = 200;

function formatterOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= formattersMax) formatters.clear();
  try {
    const formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
    return formatter;
  } catch (cause) {
    throw new RenderFailure('a date has an unknown time zone or an unknown locale', { cause });
  }
}
