import { RenderFailure } from './missing.ts';

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A moment in a zone: `local` holds the zone's clock time as if it were UTC. */
type Moment = { local: Date; timeMs: number };

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}

function hour12({ local }: Moment): number {
  return local.getUTCHours() % 12 || 12;
}

function dayOfYear({ local }: Moment): number {
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

function offset({ local, timeMs }: Moment): string {
  const minutes = Math.round((local.getTime() - timeMs) / 60_000);
  const sign = minutes < 0 ? '-' : '+';
  return `${sign}${pad(Math.floor(Math.abs(minutes) / 60))}${pad(Math.abs(minutes) % 60)}`;
}

/** Strftime's directives. There are no widths: a width is how `%5000000d` fills memory (CVE-2026-45357, row T02). */
const directives: Readonly<Record<string, (moment: Moment) => string>> = {
  a: ({ local }) => (weekdays[local.getUTCDay()] ?? '').slice(0, 3),
  A: ({ local }) => weekdays[local.getUTCDay()] ?? '',
  b: ({ local }) => (months[local.getUTCMonth()] ?? '').slice(0, 3),
  B: ({ local }) => months[local.getUTCMonth()] ?? '',
  c: (moment) => expand('%a %b %e %H:%M:%S %Y', moment),
  d: ({ local }) => pad(local.getUTCDate()),
  D: (moment) => expand('%m/%d/%y', moment),
  e: ({ local }) => String(local.getUTCDate()),
  F: (moment) => expand('%Y-%m-%d', moment),
  H: ({ local }) => pad(local.getUTCHours()),
  I: (moment) => pad(hour12(moment)),
  j: (moment) => pad(dayOfYear(moment), 3),
  k: ({ local }) => String(local.getUTCHours()),
  l: (moment) => String(hour12(moment)),
  m: ({ local }) => pad(local.getUTCMonth() + 1),
  M: ({ local }) => pad(local.getUTCMinutes()),
  p: ({ local }) => (local.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: ({ local }) => (local.getUTCHours() < 12 ? 'am' : 'pm'),
  s: ({ timeMs }) => String(Math.floor(timeMs / 1000)),
  S: ({ local }) => pad(local.getUTCSeconds()),
  T: (moment) => expand('%H:%M:%S', moment),
  R: (moment) => expand('%H:%M', moment),
  u: ({ local }) => String(local.getUTCDay() || 7),
  w: ({ local }) => String(local.getUTCDay()),
  x: (moment) => expand('%m/%d/%y', moment),
  X: (moment) => expand('%H:%M:%S', moment),
  y: ({ local }) => pad(local.getUTCFullYear() % 100),
  Y: ({ local }) => String(local.getUTCFullYear()),
  z: offset,
  '%': () => '%',
};

/**
 * Formats a time as strftime does, in English and in `timeZone` (IANA name).
 *
 * `%-d` and its like leave out leading zeros; an unknown directive stays as it is. Throws a RenderFailure for an unknown zone.
 */
export function formatTime(timeMs: number, format: string, timeZone: string): string {
  return expand(format, { local: new Date(timeMs + zoneOffsetMs(timeMs, timeZone)), timeMs });
}

function expand(format: string, moment: Moment): string {
  return format.slice(0, 200).replace(/%(-?)([A-Za-z%])/g, (whole, isBare: string, letter: string) => {
    const text = Object.hasOwn(directives, letter) ? directives[letter]?.(moment) : undefined;
    if (text === undefined) return whole;
    return isBare ? text.replace(/^0+(?=\d)/, '') : text;
  });
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** Returns how far a zone's clock is ahead of UTC at a time. Throws a RenderFailure for an unknown zone. */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const part = zoneFormat(timeZone)
    .formatToParts(timeMs)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([-+])(\d{2}):(\d{2}))?/.exec(part ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const known = zones.get(timeZone);
  if (known) return known;
  if (zones.size >= 100) zones.clear();
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    zones.set(timeZone, format);
    return format;
  } catch (cause) {
    throw new RenderFailure('datetimeformat has an unknown time zone', { cause });
  }
}
