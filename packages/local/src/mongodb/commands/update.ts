import type { Row } from '../engine/document-table.ts';
import { Refusal } from '../errors.ts';
import { parseSort } from '../query/sort.ts';
import { collectionName, docArgument, flagArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import { select, selectFirst } from '../storage/select.ts';
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
  const row = selectFirst(collection, question);
  if (row) return { matched: 1, modified: Number(updateRow(collection, row, apply) !== row.doc) };
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
  const { rows, matches } = select(collection, many.question);
  const found: number[] = [];
  for (const row of rows) {
    if (row) found.push(row.seq);
    else if (pacer.isDue()) await pacer.pause();
  }
  let [matched, modified] = [0, 0];
  for (const seq of found) {
    if (pacer.isDue()) await pacer.pause();
    const row = collection.get(seq);
    if (!row || !matches(row.doc)) continue;
    matched++;
    if (updateRow(collection, row, many.apply) !== row.doc) modified++;
  }
  if (found.length > 0 || !many.isUpsert) return { matched, modified };
  return insertUpserted(collection, many.question.filter, many.update, many.apply);
}

/** Applies an update to a stored document and returns the new one: the same object where it changes nothing. */
export function updateRow(collection: Collection, row: Row, apply: Update): Doc {
  const doc = apply(row.doc, { isInsert: false });
  if (doc !== row.doc) collection.replace(row, doc);
  return doc;
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
