import { ObjectId } from 'bson';
import { Refusal } from '../errors.ts';
import { collectionName, docsArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Doc } from '../values/doc.ts';
import { runBatch } from './write-batch.ts';

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

function withIdFirst({ _id = new ObjectId(), ...fields }: Doc): Doc {
  return { _id, ...fields };
}
