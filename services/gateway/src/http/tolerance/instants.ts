/** A date, perhaps a time, perhaps an offset: the parts of what clients' languages write for a moment. */
const moment =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? *(Z|UTC|GMT|[+ -]\d\d(?::?\d\d)?)?$/i;
const milliseconds = /^\d{1,15}$/;

/**
 * Returns a moment as ISO 8601 with an offset, or the value as it came where it is none.
 *
 * Takes Unix milliseconds (number or text), a date alone, and a time without seconds, with `+0000` or `+00`, or without
 * an offset, which is UTC then. A blank before the offset counts as the plus that a query string loses. Whether the
 * date exists is left to the schema.
 */
export function toInstant(value: unknown): unknown {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return value;
  if (milliseconds.test(text)) return new Date(Number(text)).toISOString();

  const [whole, date, time = '00:00', seconds = '00', fraction = '0', zone = 'Z'] =
    moment.exec(text.trim()) ?? [];
  if (whole === undefined) return value;
  return `${date}T${time}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offsetOf(zone)}`;
}

function offsetOf(zone: string): string {
  if (/^[zug]/i.test(zone)) return 'Z';
  const sign = zone.startsWith('-') ? '-' : '+';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${sign}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
