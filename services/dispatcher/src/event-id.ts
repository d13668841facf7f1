import { hash } from 'node:crypto';

/** The id of an event, derived from what happened, so that a report repeated after a crash is the same event. */
export function eventIdOf(...parts: readonly (string | number)[]): string {
  const bytes = hash('sha256', parts.join('|'), 'buffer').subarray(0, 16);
  // RFC 9562, section 5.8: version 8, variant 10.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
