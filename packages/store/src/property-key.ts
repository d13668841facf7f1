/** Characters that a field name in MongoDB may not hold or that a path gives a meaning to, and the escape itself. */
const special = /[%.$\0]|^_/g;

/** Stands for the empty name: no other name's key ends in a bare escape character. */
const empty = '%';

/** A property's name as a field name: unique for each name, free of dots and dollars, never `__proto__`. */
export function encodePropertyKey(name: string): string {
  if (name === '') return empty;
  return name.replace(special, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The name that `encodePropertyKey` was given. */
export function decodePropertyKey(key: string): string {
  if (key === empty) return '';
  return key.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
