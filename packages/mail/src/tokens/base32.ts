const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Encodes bytes as base32 (RFC 4648, section 6) in lower case, without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      text += alphabet.charAt((bits >> bitCount) & 31);
    }
  }
  return bitCount === 0 ? text : text + alphabet.charAt((bits << (5 - bitCount)) & 31);
}

/** Decodes base32 in either case, or null: an unknown character, or a spelling that `encodeBase32` never makes. */
export function decodeBase32(text: string): Buffer | null {
  const lower = text.toLowerCase();
  const bytes = Buffer.alloc(Math.floor((lower.length * 5) / 8));
  let bits = 0;
  let bitCount = 0;
  let length = 0;
  for (const character of lower) {
    const value = alphabet.indexOf(character);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xffff;
    bitCount += 5;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes.writeUInt8((bits >> bitCount) & 255, length);
      length += 1;
    }
  }
  return encodeBase32(bytes) === lower ? bytes : null;
}
