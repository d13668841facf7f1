import { hash, timingSafeEqual } from 'node:crypto';

/** A key for HMAC-SHA-256 with its two paddings made once. */
export type MacKey = Readonly<{
  /** The whole MAC of `data`, a character a byte (latin1). */
  digest: (data: Uint8Array) => string;
}>;

/** Bytes that SHA-256 takes at once, and that it returns. */
const blockBytes = 64;
const hashBytes = 32;

/**
 * Makes a key of at most 64 bytes; throws RangeError for a longer one.
 *
 * HMAC as RFC 2104, section 2, writes it, by two one-shot hashes: half the time of `createHmac`, which makes two objects
 * for each MAC, and a mail has one for each of its links. Strings between the two, since a digest that Node returns
 * as a buffer costs 1 µs more.
 */
export function createMacKey(key: Uint8Array): MacKey {
  if (key.length > blockBytes) throw new RangeError(`a MAC key has at most ${blockBytes} bytes`);
  const inner = paddedKey(key, 0x36);
  const outer = Buffer.concat([paddedKey(key, 0x5c), Buffer.alloc(hashBytes)]);
  let message = Buffer.from(inner);

  return {
    digest: (data) => {
      const length = blockBytes + data.length;
      if (length > message.length) message = Buffer.concat([inner], 2 * length);
      message.set(data, blockBytes);
      outer.write(hash('sha256', message.subarray(0, length), 'latin1'), blockBytes, 'latin1');
      return hash('sha256', outer, 'latin1');
    },
  };
}

/** HMAC-SHA-256 of `data`, its first `length` bytes (RFC 2104, section 5, allows the cut). */
export function macOf(key: MacKey, data: Uint8Array, length: number): Buffer {
  return Buffer.from(key.digest(data).slice(0, length), 'latin1');
}

/** Fills `bytes` from `end` on with the MAC of what stands before. */
export function writeMac(key: MacKey, bytes: Buffer, end: number): void {
  bytes.write(key.digest(bytes.subarray(0, end)), end, 'latin1');
}

/** Tells in constant time whether `mac` is the one of `data`. */
export function isMac(key: MacKey, data: Uint8Array, mac: Uint8Array): boolean {
  return timingSafeEqual(macOf(key, data, mac.length), mac);
}

function paddedKey(key: Uint8Array, filler: number): Uint8Array {
  return Uint8Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ filler);
}
