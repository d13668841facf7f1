import { hash } from 'node:crypto';
import { uuidFromBytes } from './uuid-bytes.ts';

/**
 * The id of an event, derived from what happened (the delivery, the type, the attempt), so that a report repeated after a
 * crash is the same event: a UUID of version 8 (RFC 9562, section 5.8) from SHA-256 of the parts.
 */
export function eventIdOf(...parts: readonly (string | number)[]): string {
  const bytes = hash('sha256', parts.join('|'), 'buffer').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return uuidFromBytes(bytes);
}
