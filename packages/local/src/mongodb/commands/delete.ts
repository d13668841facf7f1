import { Refusal } from '../errors.ts';
import { collectionName, docArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import type { Question } from '../storage/plan.ts';
import { select, selectFirst } from '../storage/select.ts';
import type { Slot } from '../storage/slot.ts';
import { numericOf } from '../values/compare.ts';
import type { Doc } from '../values/doc.ts';
import { runBatch } from './write-batch.ts';

/** `delete`. */
export const deleteCommand: Command = {
  fields: ['deletes', 'ordered'],
  unsupported: ['let'],
  isWrite: true,
  sequence: 'deletes',
  run: answerDelete,
};

const statementFields: ReadonlySet<string> = new Set(['q', 'limit', 'hint']);

async function answerDelete(call: Call): Promise<Doc> {
  const name = collectionName(call);
  let n = 0;
  const errors = await runBatch(call, 'deletes', async ({ doc: statement }) => {
    const surplus = Object.keys(statement).find((field) => !statementFields.has(field));
    if (surplus !== undefined)
      throw new Refusal('InvalidOptions', `'delete.deletes.${surplus}' is not supported by this server`);
    const collection = call.deps.store.catalog.find(call.db, name);
    const question = { filter: docArgument(statement, 'q') ?? {}, sort: [], hint: statement['hint'] };
    const limit = Number(numericOf(statement['limit'] ?? 0));
    if (limit !== 0 && limit !== 1)
      throw new Refusal('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
    if (collection)
      n += limit === 1 ? removeFirst(collection, question) : await removeAll(call, collection, question);
  });
  return { n, ...errors, ok: 1 };
}

function removeFirst(collection: Collection, question: Question): number {
  const slot = selectFirst(collection, question);
  if (slot) collection.remove(slot);
  return slot ? 1 : 0;
}

async function removeAll({ pacer }: Call, collection: Collection, question: Question): Promise<number> {
  const { slots, matches } = select(collection, question);
  const found: Slot[] = [];
  for (const slot of slots) {
    if (slot) found.push(slot);
    else if (pacer.isDue()) await pacer.pause();
  }
  let n = 0;
  for (const slot of found) {
    if (pacer.isDue()) await pacer.pause();
    if (!slot.isLive || !matches(slot.doc)) continue;
    collection.remove(slot);
    n++;
  }
  return n;
}
