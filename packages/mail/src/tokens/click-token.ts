import type { Keyring } from './keyring.ts';
import { readTrackingToken, type TrackingToken } from './tracking-token.ts';

/** A sign that ends a token when a mail program took it, and what follows it, for a part of the URL. */
const tail = /^[)\]}>.,;:!?'"`*|&~<\\]|^[^\p{ASCII}]/u;

/** Most `-` and `_` at the end that are tried as markup around the URL: a token may end with them itself. */
const markupMax = 2;

/**
 * Reads the token of a click whose URL may have punctuation, quotes or the next word behind it. Programs that make links
 * of plain text take `)` and its like for a part of the URL. The token itself must still be whole and unchanged.
 */
export function readClickToken(keyring: Keyring, text: string): TrackingToken {
  const token = /^[\w-]*/.exec(text)?.[0] ?? '';
  const rest = text.slice(token.length);
  if (rest !== '' && !tail.test(decodeFirst(rest))) return { kind: 'invalid' };
  for (let cut = 0; cut < markupMax; cut += 1) {
    const read = readTrackingToken(keyring, token.slice(0, token.length - cut));
    if (read.kind !== 'invalid' || !/[_-]/.test(token.at(-1 - cut) ?? '')) return read;
  }
  return readTrackingToken(keyring, token.slice(0, token.length - markupMax));
}

/** Decodes the first character of a path. A byte above 127 is part of some character beyond ASCII. */
function decodeFirst(path: string): string {
  const byte = /^%([0-9a-f]{2})/i.exec(path)?.[1];
  return byte === undefined ? path : String.fromCharCode(Number.parseInt(byte, 16));
}
