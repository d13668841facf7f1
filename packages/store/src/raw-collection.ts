import type { Model, mongo } from 'mongoose';

/** A document as the driver sees it. Our ids are texts or numbers, never ObjectIds. */
export type RawDoc = { _id: string; [field: string]: unknown };

/**
 * The driver's collection under a model, for bulk writes on the hot path: what goes in was parsed by a contract, and
 * casting it once more costs more than the write. While the first connection is not made, calls throw.
 */
export function rawCollection<Doc>(model: Model<Doc>): mongo.Collection<RawDoc> {
  // mongoose wraps the driver's collection method by method and types documents as having an ObjectId.
  return model.collection as unknown as mongo.Collection<RawDoc>;
}
