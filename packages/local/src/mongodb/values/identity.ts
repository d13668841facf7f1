import { Binary, ObjectId } from 'bson';
import { numericOf, rank, rankOf } from './compare.ts';
import { isDoc } from './doc.ts';

/** A key for `Map` and `Set`: two values have the same identity exactly if MongoDB holds them for equal. */
export type Identity = string | number;

/** The identity of a value. Strings and numbers are their own, everything else is a string that begins with NUL. */
export function identityOf(value: unknown): Identity {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value === 'number') return value;
  if (value instanceof ObjectId) return `\0o${value.toHexString()}`;
  return identityOfOther(value);
}

function identityOfOther(value: unknown): Identity {
  if (rankOf(value) === rank.number) return identityOfNumber(numericOf(value));
  if (value === null || value === undefined) return '\0n';
  if (typeof value === 'boolean') return value ? '\0t' : '\0f';
  if (value instanceof Date) return `\0d${value.getTime()}`;
  if (value instanceof Binary) return `\0b${value.sub_type}:${value.toString('base64')}`;
  if (Array.isArray(value)) return `\0[${value.map(nested).join('\0,')}\0]`;
  if (isDoc(value))
    return `\0{${Object.entries(value).map(([name, field]) => `${name}\0:${nested(field)}`)}\0}`;
  return `\0x${rankOf(value)}:${JSON.stringify(value) ?? String(value)}${String(value)}`;
}

function identityOfNumber(value: number | bigint): Identity {
  const number = Number(value);
  return typeof value === 'number' || BigInt(number) === value ? number : `\0l${value}`;
}

/** Inside a document a number must not look like the string of its digits. */
function nested(value: unknown): string {
  const identity = identityOf(value);
  return typeof identity === 'number' ? `\0#${identity}` : `${identity.length}:${identity}`;
}
