import { Refusal } from '../errors.ts';
import { collectionName, docArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import type { Question } from '../storage/plan.ts';
import { select, selectFirst } from '../storage/select.ts';
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
  const row = selectFirst(collection, question);
  if (row) collection.remove(row);
  return row ? 1 : 0;
}

async function removeAll({ pacer }: Call, collection: Collection, question: Question): Promise<number> {
  const { rows, matches } = select(collection, question);
  const found: number[] = [];
  for (const row of rows) {
    if (row) found.push(row.seq);
    else if (pacer.isDue()) await pacer.pause();
  }
  let n = 0;
  for (const seq of found) {
    if (pacer.isDue()) await pacer.pause();
    const row = collection.get(seq);
    if (!row || !matches(row.doc)) continue;
    collection.remove(row);
    n++;
  }
  return n;
}
