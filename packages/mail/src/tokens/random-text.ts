import { randomBytes } from 'node:crypto';

/** Random text of an alphabet of at most 256 characters. Bytes beyond its last whole multiple are thrown away, so that each character is as likely as any other. */
export function randomText(alphabet: string, length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length))
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length);
  }
  return text;
}
