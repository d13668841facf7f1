import { Refusal } from '../errors.ts';
import { compileProjection } from '../query/projection.ts';
import { parseSort } from '../query/sort.ts';
import { collectionName, docArgument, flagArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import { selectFirst } from '../storage/select.ts';
import { compileUpdate } from '../update/update.ts';
import type { Doc } from '../values/doc.ts';
import { insertUpserted, updateRow } from './update.ts';

/** `findAndModify`. */
export const findAndModify: Command = {
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'arrayFilters',
    'hint',
    'bypassDocumentValidation',
  ],
  unsupported: ['collation', 'let'],
  isWrite: true,
  run: answerFindAndModify,
};

type Modified = { value: Doc | undefined; lastErrorObject: Doc };

function answerFindAndModify(call: Call): Doc {
  const { body } = call;
  const isRemoval = flagArgument(body, 'remove');
  if (isRemoval === (body['update'] !== undefined)) {
    throw new Refusal('FailedToParse', 'Either an update or remove=true must be specified, and not both');
  }
  if (isRemoval && (flagArgument(body, 'new') || flagArgument(body, 'upsert'))) {
    throw new Refusal('FailedToParse', "Cannot specify 'new' or 'upsert' along with 'remove'");
  }
  const project = compileProjection(docArgument(body, 'fields'), docArgument(body, 'query') ?? {});
  const { value, lastErrorObject } = isRemoval ? removeOne(call) : updateOne(call);
  return { lastErrorObject, value: value && project ? project(value) : (value ?? null), ok: 1 };
}

function questionOf({ body }: Call) {
  return { filter: docArgument(body, 'query') ?? {}, sort: parseSort(body['sort']), hint: body['hint'] };
}

function removeOne(call: Call): Modified {
  const collection = call.deps.store.catalog.find(call.db, collectionName(call));
  const row = collection && selectFirst(collection, questionOf(call));
  if (collection && row) collection.remove(row);
  return { value: row?.doc, lastErrorObject: { n: row ? 1 : 0 } };
}

function updateOne(call: Call): Modified {
  const { body, deps } = call;
  const question = questionOf(call);
  const { update, arrayFilters } = body;
  const apply = compileUpdate({
    update,
    filter: question.filter,
    arrayFilters,
    nowMs: () => deps.clock.nowMs(),
  });
  const isUpsert = flagArgument(body, 'upsert');
  const isNewWanted = flagArgument(body, 'new');
  const { catalog } = deps.store;
  const collection = isUpsert
    ? catalog.ensure(call.db, collectionName(call))
    : catalog.find(call.db, collectionName(call));

  const row = collection && selectFirst(collection, question);
  if (collection && row) {
    const after = updateRow(collection, row, apply);
    return { value: isNewWanted ? after : row.doc, lastErrorObject: { n: 1, updatedExisting: true } };
  }
  if (!collection || !isUpsert)
    return { value: undefined, lastErrorObject: { n: 0, updatedExisting: false } };
  const { doc, upsertedId } = insertUpserted(collection, question.filter, update, apply);
  return {
    value: isNewWanted ? doc : undefined,
    lastErrorObject: { n: 1, updatedExisting: false, upserted: upsertedId },
  };
}
