import { calculateObjectSize, serialize } from 'bson';
import { Refusal } from '../errors.ts';
import type { Doc } from '../values/doc.ts';

/** Largest document, as `hello` announces it. */
export const documentBytesMax = 16 * 1024 * 1024;

/** The document as BSON. Throws `BSONObjectTooLarge` beyond 16 MiB. */
export function encodeStored(doc: Doc): Uint8Array {
  const bytes = trySerialize(doc);
  refuseLarge(bytes.length);
  return bytes;
}

/** The document's size as BSON. Throws `BSONObjectTooLarge` beyond 16 MiB. */
export function measureStored(doc: Doc): number {
  const sizeBytes = calculateObjectSize(doc, { ignoreUndefined: true });
  refuseLarge(sizeBytes);
  return sizeBytes;
}

/** Throws `BSONObjectTooLarge` beyond 16 MiB. */
export function refuseLarge(sizeBytes: number): void {
  if (sizeBytes <= documentBytesMax) return;
  throw new Refusal(
    'BSONObjectTooLarge',
    `BSONObj size: ${sizeBytes} is invalid. Size must be at most ${documentBytesMax}`,
  );
}

/** `bson` writes into a buffer of 17 MiB and fails at its end, so what fails is too large in any case. */
function trySerialize(doc: Doc): Uint8Array {
  try {
    return serialize(doc, { ignoreUndefined: true });
  } catch (error) {
    if (error instanceof RangeError) refuseLarge(Number.POSITIVE_INFINITY);
    throw error;
  }
}
