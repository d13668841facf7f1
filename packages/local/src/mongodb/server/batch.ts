import { serialize } from 'bson';
import { type Doc, isDoc } from '../values/doc.ts';

/** Documents of a cursor's answer, each as BSON: what was stored need not be read and written to be sent. */
export class Batch {
  readonly documents: readonly Uint8Array[];

  constructor(documents: readonly Uint8Array[]) {
    this.documents = documents;
  }
}

/**
 * Writes an answer as BSON. A `Batch` may be the first field of its first field, as in
 * `{ cursor: { firstBatch, id, ns }, ok: 1 }`.
 */
export function serializeReply(body: Doc): Uint8Array {
  const [outer] = Object.keys(body);
  const cursor = outer === undefined ? undefined : body[outer];
  const [inner] = isDoc(cursor) ? Object.keys(cursor) : [];
  if (outer === undefined || inner === undefined || !isDoc(cursor)) return encode(body);
  const batch = cursor[inner];
  if (!(batch instanceof Batch)) return encode(body);
  const frame = Buffer.from(encode({ ...body, [outer]: { ...cursor, [inner]: [] } }));
  // Length, type and name of the cursor; length, type and name of the batch.
  const cursorAt = 4 + 1 + Buffer.byteLength(outer) + 1;
  const batchAt = cursorAt + 4 + 1 + Buffer.byteLength(inner) + 1;
  return splice(frame, encodeArray(batch.documents), { cursorAt, batchAt });
}

/** Puts an array in the place of the empty one, which takes five bytes, and corrects the lengths around it. */
function splice(
  frame: Buffer,
  array: Buffer,
  { cursorAt, batchAt }: { cursorAt: number; batchAt: number },
): Buffer {
  const added = array.length - emptyArrayBytes;
  frame.writeInt32LE(frame.readInt32LE(0) + added, 0);
  frame.writeInt32LE(frame.readInt32LE(cursorAt) + added, cursorAt);
  return Buffer.concat([frame.subarray(0, batchAt), array, frame.subarray(batchAt + emptyArrayBytes)]);
}

const emptyArrayBytes = 5;

/** A BSON array: length, then of each document its type (3), its index as a name, and itself, then a zero (bsonspec.org). */
function encodeArray(documents: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [Buffer.alloc(4)];
  for (const [i, document] of documents.entries()) parts.push(Buffer.from(`\u0003${i}\0`), document);
  parts.push(Buffer.alloc(1));
  const array = Buffer.concat(parts);
  array.writeInt32LE(array.length, 0);
  return array;
}

function encode(body: Doc): Uint8Array {
  return serialize(body, { ignoreUndefined: true });
}
