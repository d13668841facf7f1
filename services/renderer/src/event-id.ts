import { createHash } from 'node:crypto';

/** The id of an event, derived from what happened, so that a report repeated after a crash is the same event. */
export function eventIdOf(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(parts.join('|')).digest().subarray(0, 16);
  // RFC 9562, section 5.8: version 8, variant 10.
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
