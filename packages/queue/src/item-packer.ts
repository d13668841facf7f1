import { randomUUID } from 'node:crypto';
import type { Lane } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { BlobStore } from './blob-store.ts';

/** An item ready for a bag. */
export type PackedItem = Readonly<{
  /** The JSON of an `Entry`. */
  entry: string;
  traceParent: string | undefined;
}>;

/** An item whose JSON is longer goes to the blob store before the bag that names it. */
export const inlineBytesMax = 256 * 1024;

/** Makes the function that checks items against the lane and packs them; it rejects those that do not fit. */
export function createItemPacker<Item>(
  lane: Lane<Item>,
  blobs: BlobStore | undefined,
): (item: Item) => Promise<PackedItem> {
  return async (item) => {
    const parsed = lane.item.safeParse(item);
    if (!parsed.success) {
      throw new Fault('invalid_request', 'The item does not fit its lane.', {
        cause: parsed.error,
        lane: lane.name,
      });
    }
    const json = JSON.stringify(parsed.data);
    const traceParent = lane.traceOf(parsed.data);
    if (json.length <= inlineBytesMax || !blobs) return { entry: `{"i":${json}}`, traceParent };

    const blobId = randomUUID();
    await blobs.put(blobId, Buffer.from(json));
    return { entry: `{"b":"${blobId}"}`, traceParent };
  };
}
