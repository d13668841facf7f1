import { isUtf8 } from 'node:buffer';
import { Fault } from '@posthorn/runtime';

/** Deepest nesting of arrays and objects that is read (row A01). */
export const jsonDepthMax = 32;

/** Names that could reach a prototype (row T01). */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON as RFC 8259 has it, and refuses what parsers are known to disagree about (row A01).
 *
 * Refused, each with a `Fault('invalid_request')` that says which: bytes that are not UTF-8, a byte order mark, a key
 * given twice in one object, nesting deeper than 32, unpaired surrogates, numbers that a double does not carry exactly,
 * and keys that name a prototype. Takes time linear in the input.
 */
export function parseStrictJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw refuse('The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) throw refuse('The body must not begin with a byte order mark.');
  const keysWritten = scan(text);

  const value = parse(text);
  const tally: Tally = { keys: 0, checksStrings: text.includes('\\u') };
  inspect(value, tally);
  // JSON.parse keeps the last of two equal keys, so an object that had any now has fewer than were written.
  if (tally.keys !== keysWritten) throw refuse('An object has the same key twice.');
  return value;
}

function refuse(message: string): Fault {
  return new Fault('invalid_request', message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid_request', 'The body is not valid JSON.', { cause });
  }
}

/** Counts the keys (colons outside strings) and refuses nesting that is too deep, before anything is built from it. */
function scan(text: string): number {
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x3a) keys += 1;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > jsonDepthMax) throw refuse(`The body is nested deeper than ${jsonDepthMax} levels.`);
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return keys;
}

/** The index of the quote that ends the string which begins at `start`, or the end of a text that never ends it. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes += 1;
  return slashes % 2 === 1;
}

type Tally = { keys: number; readonly checksStrings: boolean };

function inspect(value: unknown, tally: Tally): void {
  if (typeof value === 'number') inspectNumber(value);
  else if (typeof value === 'string') inspectString(value, tally);
  else if (Array.isArray(value)) for (const item of value) inspect(item, tally);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      tally.keys += 1;
      if (forbiddenKeys.has(key)) throw refuse(`The key "${key}" is not allowed.`);
      inspectString(key, tally);
      inspect(inner, tally);
    }
  }
}

function inspectNumber(value: number): void {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return;
  throw refuse('A number is too large to be carried exactly; send it as a string.');
}

/** An unpaired surrogate can only be written as an escape: raw, it would not be UTF-8. */
function inspectString(value: string, tally: Tally): void {
  if (tally.checksStrings && !value.isWellFormed()) throw refuse('A string holds an unpaired surrogate.');
}
