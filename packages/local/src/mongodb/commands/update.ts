import { Refusal } from '../errors.ts';
import { parseSort } from '../query/sort.ts';
import { collectionName, docArgument, flagArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import { select, selectFirst } from '../storage/select.ts';
import type { Slot } from '../storage/slot.ts';
import { compileUpdate, isModifierDoc, type Update } from '../update/update.ts';
import { upsertedDoc } from '../update/upsert.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { refuseId } from './insert.ts';
import { runBatch } from './write-batch.ts';

/** `update`. */
export const update: Command = {
  fields: ['updates', 'ordered', 'bypassDocumentValidation'],
  unsupported: ['let'],
  isWrite: true,
  sequence: 'updates',
  run: answerUpdate,
};

const statementFields: ReadonlySet<string> = new Set([
  'q',
  'u',
  'multi',
  'upsert',
  'arrayFilters',
  'hint',
  'sort',
]);

type Outcome = { matched: number; modified: number; upsertedId?: unknown };

async function answerUpdate(call: Call): Promise<Doc> {
  const name = collectionName(call);
  const upserted: Doc[] = [];
  let [n, nModified] = [0, 0];
  const errors = await runBatch(call, 'updates', async ({ doc: statement, index }) => {
    const { matched, modified, upsertedId } = await runStatement(call, name, statement);
    n += matched;
    nModified += modified;
    if (upsertedId === undefined) return;
    n++;
    upserted.push({ index, _id: upsertedId });
  });
  return { n, nModified, ...(upserted.length > 0 && { upserted }), ...errors, ok: 1 };
}

function runStatement(call: Call, name: string, statement: Doc): Outcome | Promise<Outcome> {
  for (const field of Object.keys(statement)) refuseStatementField(field, statement[field]);
  const filter = docArgument(statement, 'q') ?? {};
  const { u, arrayFilters, hint } = statement;
  const apply = compileUpdate({ update: u, filter, arrayFilters, nowMs: () => call.deps.clock.nowMs() });
  const isUpsert = flagArgument(statement, 'upsert');
  const { catalog } = call.deps.store;
  const collection = isUpsert ? catalog.ensure(call.db, name) : catalog.find(call.db, name);
  if (!collection) return { matched: 0, modified: 0 };

  const question = { filter, sort: parseSort(statement['sort']), hint };
  if (flagArgument(statement, 'multi')) {
    refuseMultiReplacement(u);
    return updateMany(call, collection, { question, apply, update: u, isUpsert });
  }
  const slot = selectFirst(collection, question);
  if (slot) return { matched: 1, modified: Number(updateSlot(collection, slot, apply)) };
  return isUpsert ? insertUpserted(collection, filter, u, apply) : { matched: 0, modified: 0 };
}

type ManyUpdate = {
  question: { filter: Doc; sort: ReturnType<typeof parseSort>; hint: unknown };
  apply: Update;
  update: unknown;
  isUpsert: boolean;
};

/** Finds all matches first, so that no document is met again where the update has moved it. */
async function updateMany({ pacer }: Call, collection: Collection, many: ManyUpdate): Promise<Outcome> {
  const { slots, matches } = select(collection, many.question);
  const found: Slot[] = [];
  for (const slot of slots) {
    if (slot) found.push(slot);
    else if (pacer.isDue()) await pacer.pause();
  }
  let [matched, modified] = [0, 0];
  for (const slot of found) {
    if (pacer.isDue()) await pacer.pause();
    if (!slot.isLive || !matches(slot.doc)) continue;
    matched++;
    if (updateSlot(collection, slot, many.apply)) modified++;
  }
  if (found.length > 0 || !many.isUpsert) return { matched, modified };
  return insertUpserted(collection, many.question.filter, many.update, many.apply);
}

/** Applies an update to a stored document; false where it changes nothing. */
export function updateSlot(collection: Collection, slot: Slot, apply: Update): boolean {
  const doc = apply(slot.doc, { isInsert: false });
  if (doc === slot.doc) return false;
  collection.replace(slot, doc);
  return true;
}

/** Inserts what an upsert without a match means. */
export function insertUpserted(
  collection: Collection,
  filter: Doc,
  input: unknown,
  apply: Update,
): Outcome & { doc: Doc } {
  const doc = upsertedDoc(filter, input, apply);
  refuseId(doc['_id']);
  collection.insert(doc);
  return { matched: 0, modified: 0, upsertedId: doc['_id'], doc };
}

function refuseMultiReplacement(u: unknown): void {
  if (isDoc(u) && !isModifierDoc(u)) {
    throw new Refusal('FailedToParse', 'multi update is not supported for replacement-style update');
  }
}

function refuseStatementField(field: string, value: unknown): void {
  if (statementFields.has(field)) return;
  if (field === 'collation' && isDoc(value) && value['locale'] === 'simple') return;
  if (field === 'c' || field === 'collation' || field === 'sampleId') {
    throw new Refusal('InvalidOptions', `'update.updates.${field}' is not supported by this server`);
  }
  throw new Refusal('UnknownField', `BSON field 'update.updates.${field}' is an unknown field.`);
}
