import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** HMAC-SHA-256 of `data`, its first `length` bytes (RFC 2104, section 5, allows the cut). */
export function macOf(key: KeyObject, data: Uint8Array, length: number): Buffer {
  return createHmac('sha256', key).update(data).digest().subarray(0, length);
}

/** Tells in constant time whether `mac` is the one of `data`. */
export function isMac(key: KeyObject, data: Uint8Array, mac: Uint8Array): boolean {
  return timingSafeEqual(macOf(key, data, mac.length), mac);
}
