import type { Row } from '../engine/document-table.ts';
import { compileProjection, type Projection } from '../query/projection.ts';
import { parseSort } from '../query/sort.ts';
import { collectionName, countArgument, docArgument, flagArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Found } from '../server/cursors.ts';
import { select } from '../storage/select.ts';
import type { Doc } from '../values/doc.ts';

/** `find`. */
export const find: Command = {
  fields: [
    'filter',
    'sort',
    'projection',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'hint',
    'allowDiskUse',
    'noCursorTimeout',
    'allowPartialResults',
  ],
  unsupported: [
    'collation',
    'min',
    'max',
    'returnKey',
    'showRecordId',
    'tailable',
    'awaitData',
    'oplogReplay',
    'let',
  ],
  run: answerFind,
};

async function answerFind(call: Call): Promise<Doc> {
  const { db, body, deps, pacer } = call;
  const collection = deps.store.catalog.find(db, collectionName(call));
  const question = {
    filter: docArgument(body, 'filter') ?? {},
    sort: parseSort(body['sort']),
    hint: body['hint'],
  };
  const project = compileProjection(docArgument(body, 'projection'), question.filter);
  const [skip, limit] = [
    countArgument(body, 'skip') ?? 0,
    countArgument(body, 'limit') || Number.POSITIVE_INFINITY,
  ];
  const end = { ...question, ...(limit < Number.POSITIVE_INFINITY && { wanted: skip + limit }) };
  const rows = collection ? select(collection, end).rows : [].values();
  return deps.cursors.open(
    {
      namespace: `${db}.${collectionName(call)}`,
      source: docsOf(rows, { skip, limit, project }),
      batchSize: countArgument(body, 'batchSize'),
      isSingleBatch: flagArgument(body, 'singleBatch'),
      collection,
    },
    pacer,
  );
}

type Window = { skip: number; limit: number; project: Projection | undefined };

function* docsOf(
  rows: Iterable<Row | undefined>,
  { skip, limit, project }: Window,
): Generator<Found | undefined> {
  let seen = 0;
  for (const row of rows) {
    if (!row) {
      yield undefined;
      continue;
    }
    seen++;
    if (seen <= skip) continue;
    yield project ? project(row.doc) : row.bson;
    if (seen - skip >= limit) return;
  }
}
