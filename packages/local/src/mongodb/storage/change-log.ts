import type { Doc } from '../values/doc.ts';

/** Where a collection writes down what happened to it. Records are after-images: replaying one twice changes nothing. */
export type ChangeLog = {
  /** Records a document as it is now and returns its size. `raw` is the same document as BSON, where it is known. */
  put(collectionId: number, doc: Doc, raw?: Uint8Array): number;
  remove(collectionId: number, id: unknown): void;
  createCollection(collectionId: number, db: string, name: string): void;
  dropCollection(collectionId: number): void;
  createIndex(collectionId: number, spec: Doc): void;
  dropIndex(collectionId: number, name: string): void;
};

/** Keeps nothing: for a server in memory, and while a journal is being replayed. */
export const noChangeLog: ChangeLog = {
  put: () => 0,
  remove: () => undefined,
  createCollection: () => undefined,
  dropCollection: () => undefined,
  createIndex: () => undefined,
  dropIndex: () => undefined,
};
