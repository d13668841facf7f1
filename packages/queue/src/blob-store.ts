/**
 * Where items too large for a bag are kept; @posthorn/store has one on GridFS.
 *
 * Blobs that no bag names any more (a crash between `put` and the bag, or between the bag's end and `delete`) are
 * left to the store, which may delete whatever is older than the longest life of an item.
 */
export type BlobStore = Readonly<{
  put: (id: string, bytes: Buffer) => Promise<void>;
  /** Rejects when there is no such blob. */
  get: (id: string) => Promise<Buffer>;
  delete: (id: string) => Promise<void>;
}>;
