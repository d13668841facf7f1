import { ObjectId } from 'bson';
import { Refusal } from '../errors.ts';
import { collectionName } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Doc } from '../values/doc.ts';
import { runBatch } from './write-batch.ts';

/** `insert`. */
export const insert: Command = {
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  isWrite: true,
  sequence: 'documents',
  run: answerInsert,
};

async function answerInsert(call: Call): Promise<Doc> {
  const name = collectionName(call);
  let n = 0;
  const errors = await runBatch(call, 'documents', ({ doc, raw }) => {
    refuseId(doc['_id']);
    const isAsSent = Object.keys(doc)[0] === '_id';
    // Looked up for each: a collection that is dropped between two documents is made again by the second.
    const collection = call.deps.store.catalog.ensure(call.db, name);
    collection.insert(isAsSent ? doc : withIdFirst(doc), isAsSent ? raw : undefined);
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
