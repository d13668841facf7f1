import { ObjectId, serialize } from 'bson';
import { Refusal } from '../errors.ts';
import { collectionName, docsArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Doc } from '../values/doc.ts';
import { runBatch } from './write-batch.ts';

const docBytesMax = 16 * 1024 * 1024;

/** `insert`. */
export const insert: Command = {
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  isWrite: true,
  run: answerInsert,
};

async function answerInsert(call: Call): Promise<Doc> {
  const documents = docsArgument(call.body, 'documents');
  const collection = call.deps.store.catalog.ensure(call.db, collectionName(call));
  const raw = call.raw.get('documents');
  let n = 0;
  const errors = await runBatch(call, documents, (document, index) => {
    refuseId(document['_id']);
    const isAsSent = Object.keys(document)[0] === '_id';
    const doc = isAsSent ? document : withIdFirst(document);
    const bytes = isAsSent ? raw?.[index] : undefined;
    refuseSize(bytes ?? serialize(doc));
    collection.insert(doc, bytes);
    n++;
  });
  return { n, ...errors, ok: 1 };
}

/** Refuses the types that MongoDB does not take for an `_id`. */
export function refuseId(id: unknown): void {
  if (Array.isArray(id) || id instanceof RegExp) {
    throw new Refusal('InvalidIdField', "The '_id' value cannot be of type array or regex");
  }
}

/** Refuses a document beyond 16 MiB. */
export function refuseSize(bytes: Uint8Array): void {
  if (bytes.length <= docBytesMax) return;
  throw new Refusal(
    'BSONObjectTooLarge',
    `object to insert too large. size in bytes: ${bytes.length}, max size: ${docBytesMax}`,
  );
}

function withIdFirst({ _id = new ObjectId(), ...fields }: Doc): Doc {
  return { _id, ...fields };
}
