import type { Doc } from '../values/doc.ts';
import { measureStored } from './document-size.ts';

/** Where a collection writes down what happened to it. Records are after-images: replaying one twice changes nothing. */
export type ChangeLog = {
  /**
   * Records a document as it is now and returns its size; `raw` is the same document as BSON, where it is known.
   * Throws `BSONObjectTooLarge` and records nothing beyond 16 MiB.
   */
  put(collectionId: number, doc: Doc, raw?: Uint8Array): number;
  remove(collectionId: number, id: unknown): void;
  createCollection(collectionId: number, db: string, name: string): void;
  dropCollection(collectionId: number): void;
  createIndex(collectionId: number, spec: Doc): void;
  dropIndex(collectionId: number, name: string): void;
};

/** Keeps nothing: for a server in memory. */
export const noChangeLog: ChangeLog = {
  put: (_collectionId, doc) => measureStored(doc),
  remove: () => undefined,
  createCollection: () => undefined,
  dropCollection: () => undefined,
  createIndex: () => undefined,
  dropIndex: () => undefined,
};
