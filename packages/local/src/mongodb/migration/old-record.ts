import { crc32 } from 'node:zlib';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/doc.ts';

/**
 * What a record of the former journal and snapshot says. On disk a record is, little-endian: length of the rest after
 * the checksum (4 bytes), CRC-32 of that rest (4), kind (1), collection number (4), and a BSON document.
 */
export const recordKind = {
  put: 1,
  remove: 2,
  createCollection: 3,
  dropCollection: 4,
  createIndex: 5,
  dropIndex: 6,
} as const;

export type OldRecord = { kind: number; collectionId: number; body: Doc; raw: Uint8Array };

export const frameBytes = 8;
export const headBytes = 5;

/** Reads the record at `offset`: undefined where `bytes` ends within it, 'corrupt' where its checksum is wrong. */
export function readRecord(
  bytes: Buffer,
  offset: number,
): { record: OldRecord; sizeBytes: number } | 'corrupt' | undefined {
  if (bytes.length < offset + frameBytes) return undefined;
  const payloadBytes = bytes.readUInt32LE(offset);
  if (!isPayloadSize(payloadBytes)) return 'corrupt';
  const start = offset + frameBytes;
  if (bytes.length < start + payloadBytes) return undefined;
  const payload = bytes.subarray(start, start + payloadBytes);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) return 'corrupt';
  const raw = payload.subarray(headBytes);
  const record = { kind: payload[0] ?? 0, collectionId: payload.readUInt32LE(1), body: decode(raw), raw };
  return { record, sizeBytes: frameBytes + payloadBytes };
}

/** Tells whether a record can begin at `offset`, of which the first 17 bytes must be there. */
export function canBegin(bytes: Buffer, offset: number): boolean {
  const payloadBytes = bytes.readUInt32LE(offset);
  const kind = bytes[offset + frameBytes] ?? 0;
  const bsonBytes = bytes.readUInt32LE(offset + frameBytes + headBytes);
  return isPayloadSize(payloadBytes) && kind >= 1 && kind <= 6 && bsonBytes === payloadBytes - headBytes;
}

function isPayloadSize(payloadBytes: number): boolean {
  return payloadBytes >= headBytes + 5 && payloadBytes <= payloadMax;
}

/** A document is at most 16 MiB, with a little room for what surrounds it. */
const payloadMax = 17 * 1024 * 1024;
