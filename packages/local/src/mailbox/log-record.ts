import { crc32 } from 'node:zlib';
import { LogEntry, type Place, type Replay } from './mail-log.ts';

/** CRC-32 of all that follows it, length of the entry, length of the body: three little-endian 32-bit numbers. */
const prefixBytes = 12;

/** One record as it stands in a segment: prefix, entry as JSON, body. */
export function encodeRecord(entry: LogEntry, body: Buffer): Buffer {
  const head = Buffer.from(JSON.stringify(entry));
  const record = Buffer.allocUnsafe(prefixBytes + head.length + body.length);
  record.writeUInt32LE(head.length, 4);
  record.writeUInt32LE(body.length, 8);
  head.copy(record, prefixBytes);
  body.copy(record, prefixBytes + head.length);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/**
 * Replays the records of a segment and returns how many of its bytes are whole records.
 *
 * Stops at the first record that is cut off or altered: a crash in the middle of a write leaves one at the end of
 * the last segment, and nobody was told that it was stored.
 */
export function replayRecords(bytes: Buffer, segment: number, replay: Replay): number {
  let offset = 0;
  for (;;) {
    const record = recordAt(bytes, offset);
    if (!record) return offset;
    const place: Place = { segment, offsetBytes: record.bodyStart, sizeBytes: record.end - record.bodyStart };
    replay(record.entry, bytes.subarray(record.bodyStart, record.end), place);
    offset = record.end;
  }
}

function recordAt(bytes: Buffer, start: number): { entry: LogEntry; bodyStart: number; end: number } | null {
  if (start + prefixBytes > bytes.length) return null;
  const bodyStart = start + prefixBytes + bytes.readUInt32LE(start + 4);
  const end = bodyStart + bytes.readUInt32LE(start + 8);
  if (end > bytes.length || crc32(bytes.subarray(start + 4, end)) !== bytes.readUInt32LE(start)) return null;

  const parsed = LogEntry.safeParse(JSON.parse(bytes.toString('utf8', start + prefixBytes, bodyStart)));
  return parsed.success ? { entry: parsed.data, bodyStart, end } : null;
}
