import { crc32 } from 'node:zlib';
import { encodeStored, refuseLarge } from '../storage/document-size.ts';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/doc.ts';

/**
 * What a record says. On disk a record is, little-endian: length of the rest after the checksum (4 bytes), CRC-32
 * of that rest (4), kind (1), collection number (4), and a BSON document.
 */
export const recordKind = {
  put: 1,
  remove: 2,
  createCollection: 3,
  dropCollection: 4,
  createIndex: 5,
  dropIndex: 6,
} as const;

export type RecordKind = (typeof recordKind)[keyof typeof recordKind];
export type JournalRecord = { kind: number; collectionId: number; body: Doc; raw: Uint8Array };

const frameBytes = 8;
const headBytes = 5;

/** Collects records until they are written. */
export class RecordBuffer {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a record and returns the size of its document. `raw` saves serializing where the BSON is at hand. Throws
   * `BSONObjectTooLarge`, and adds nothing, beyond 16 MiB. */
  add(kind: RecordKind, collectionId: number, body: Doc, raw: Uint8Array = encodeStored(body)): number {
    refuseLarge(raw.length);
    const payloadBytes = headBytes + raw.length;
    this.#reserve(frameBytes + payloadBytes);
    const start = this.#length + frameBytes;
    this.#bytes.writeUInt32LE(payloadBytes, this.#length);
    this.#bytes[start] = kind;
    this.#bytes.writeUInt32LE(collectionId, start + 1);
    this.#bytes.set(raw, start + headBytes);
    this.#length = start + payloadBytes;
    this.#bytes.writeUInt32LE(crc32(this.#bytes.subarray(start, this.#length)), start - 4);
    return raw.length;
  }

  /** Hands over what was collected and starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(64 * 1024, this.#length), 1024 * 1024));
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads the record at `offset`: undefined where `bytes` ends within it, 'corrupt' where its checksum is wrong. */
export function readRecord(
  bytes: Buffer,
  offset: number,
): { record: JournalRecord; sizeBytes: number } | 'corrupt' | undefined {
  if (bytes.length < offset + frameBytes) return undefined;
  const payloadBytes = bytes.readUInt32LE(offset);
  if (payloadBytes < headBytes + 5 || payloadBytes > payloadMax) return 'corrupt';
  const start = offset + frameBytes;
  if (bytes.length < start + payloadBytes) return undefined;
  const payload = bytes.subarray(start, start + payloadBytes);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) return 'corrupt';
  const raw = payload.subarray(headBytes);
  const record = { kind: payload[0] ?? 0, collectionId: payload.readUInt32LE(1), body: decode(raw), raw };
  return { record, sizeBytes: frameBytes + payloadBytes };
}

/** A document is at most 16 MiB, with a little room for what surrounds it. */
const payloadMax = 17 * 1024 * 1024;
