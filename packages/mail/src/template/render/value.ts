import { Missing, RenderFailure } from './missing.ts';

export type PlainObject = Readonly<Record<string, unknown>>;

/** Whether `value` is an object with properties of its own to read; arrays are not. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Missing);
}

/** Whether HubL takes `value` for true: not empty, not zero, and not the text "false" (properties are texts). */
export function isTruthy(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && value.toLowerCase() !== 'false';
  if (Array.isArray(value)) return value.length > 0;
  if (isPlainObject(value)) return Object.keys(value).length > 0;
  return Boolean(value) && !(value instanceof Missing);
}

/** Whether there is nothing to show: not given, or null. */
export function isNone(value: unknown): boolean {
  return value === undefined || value === null || value instanceof Missing;
}

/** The text of a value in a mail. Never `undefined`, `null`, `NaN` or `[object Object]` (row T06). */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : '';
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(toText).join(', ');
  if (isPlainObject(value)) return JSON.stringify(value);
  return '';
}

/** 0.1 + 0.2 is shown as 0.3: the last two digits of a double are noise. */
function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(15)));
}

/** The number a value is or spells; fails otherwise. */
export function toNumber(value: unknown): number {
  const number = numberOrNaN(value);
  if (Number.isNaN(number)) throw new RenderFailure('a value that the template counts with is not a number');
  return number;
}

export function numberOrNaN(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value))
    return Number.NaN;
  return Number(value);
}

/** What `for` and the list filters go through: a list's items, an object's keys, one value alone, nothing for none. */
export function toList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (isPlainObject(value)) return Object.keys(value);
  return isNone(value) || value === '' ? [] : [value];
}

/**
 * Reads a property: only the value's own, so that nothing of JavaScript is reachable (row T01). Lists also have
 * `length`, `size`, `first` and `last`. What is not there is Missing, named `path`.
 */
export function readProperty(value: unknown, key: unknown, path: string): unknown {
  if (value instanceof Missing) return value;
  if (Array.isArray(value)) {
    const item = readItem(value, key);
    return item === undefined ? new Missing(path) : item;
  }
  const name = typeof key === 'string' ? key : String(key);
  if (isPlainObject(value) && Object.hasOwn(value, name)) return value[name] ?? null;
  if (typeof value === 'string' && (key === 'length' || key === 'size')) return value.length;
  return new Missing(path);
}

function readItem(list: readonly unknown[], key: unknown): unknown {
  if (key === 'length' || key === 'size') return list.length;
  if (key === 'first') return list.at(0);
  if (key === 'last') return list.at(-1);
  const index = numberOrNaN(key);
  return Number.isInteger(index) ? list.at(index) : undefined;
}
