import { randomUUID } from 'node:crypto';
import type { Lane } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { BlobStore } from './blob-store.ts';

/** An item ready for a bag. */
export type PackedItem = Readonly<{
  /** The JSON of an `Entry`. */
  entry: string;
  /** What it holds of its handler's memory: the length of its JSON, also where that travels beside the bag. */
  weightBytes: number;
  traceParent: string | undefined;
}>;

/** An item whose JSON is longer goes to the blob store before the bag that names it. */
export const inlineBytesMax = 256 * 1024;

export type ItemPacker<Item> = Readonly<{
  /** Checks one item against the lane; rejects with an `invalid_request` Fault where it does not fit. */
  pack: (item: Item) => Promise<PackedItem>;
  /** Packs items that must share a bag, the largest beside it where they would be more than `bagBytesMax` in it. */
  packTogether: (items: readonly Item[], bagBytesMax: number) => Promise<PackedItem[]>;
}>;

export function createItemPacker<Item>(lane: Lane<Item>, blobs: BlobStore | undefined): ItemPacker<Item> {
  function check(item: Item): { json: string; traceParent: string | undefined } {
    const parsed = lane.item.safeParse(item);
    if (parsed.success) return { json: JSON.stringify(parsed.data), traceParent: lane.traceOf(parsed.data) };
    throw new Fault('invalid_request', 'The item does not fit its lane.', {
      cause: parsed.error,
      lane: lane.name,
    });
  }

  async function place(json: string, inlineMax: number): Promise<string> {
    if (json.length <= inlineMax || !blobs) return `{"i":${json}}`;
    const blobId = randomUUID();
    await blobs.put(blobId, Buffer.from(json));
    return `{"b":"${blobId}"}`;
  }

  return {
    pack: async (item) => {
      const { json, traceParent } = check(item);
      return { entry: await place(json, inlineBytesMax), weightBytes: json.length, traceParent };
    },
    packTogether: async (items, bagBytesMax) => {
      const checked = items.map(check);
      const sizeBytes = checked.reduce((sum, { json }) => sum + json.length, 0);
      const share = sizeBytes > bagBytesMax ? bagBytesMax / items.length : inlineBytesMax;
      const inlineMax = Math.min(share, inlineBytesMax);
      return Promise.all(
        checked.map(async ({ json, traceParent }) => {
          return { entry: await place(json, inlineMax), weightBytes: json.length, traceParent };
        }),
      );
    },
  };
}
