import type { Row } from '../engine/document-table.ts';
import { Refusal } from '../errors.ts';
import { runPipeline, stageNames } from '../query/pipeline.ts';
import { toPlain } from '../query/plain.ts';
import { parseSort } from '../query/sort.ts';
import {
  collectionName,
  countArgument,
  docArgument,
  docsArgument,
  flagArgument,
} from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Found } from '../server/cursors.ts';
import type { Pacer } from '../server/pacer.ts';
import type { Collection } from '../storage/collection.ts';
import type { Question } from '../storage/plan.ts';
import { select } from '../storage/select.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { countMatches } from './count.ts';
import { explainQuestion } from './explain.ts';

/** `aggregate`: the first `$match` and `$sort` go through the indexes, the rest is mingo's. */
export const aggregate: Command = {
  fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'hint', 'let', 'bypassDocumentValidation'],
  unsupported: ['collation', 'isMapReduceCommand'],
  run: answerAggregate,
};

const onReplicaSets: ReadonlySet<string> = new Set(['$changeStream', '$changeStreamSplitLargeEvent']);
/** Stages and operators that MongoDB has and this server has not: they write, or run code. */
const notImplemented: ReadonlySet<string> = new Set([
  '$out',
  '$merge',
  '$function',
  '$accumulator',
  '$where',
  '$geoNear',
  '$search',
  '$searchMeta',
  '$vectorSearch',
  '$collStats',
  '$indexStats',
  '$currentOp',
  '$listSessions',
  '$planCacheStats',
]);

/** The part of a pipeline that is a query, and the stages after it. */
export function splitPipeline(
  pipeline: readonly Doc[],
  hint: unknown,
): { question: Question; stages: Doc[] } {
  const stages = [...pipeline];
  const filters: Doc[] = [];
  while (isDoc(stages[0]?.['$match'])) filters.push(docArgument(stages.shift() ?? {}, '$match') ?? {});
  const sort = stages[0] && '$sort' in stages[0] ? parseSort(stages.shift()?.['$sort']) : [];
  const [first = {}, second] = filters;
  return { question: { filter: second ? { $and: filters } : first, sort, hint }, stages };
}

async function answerAggregate(call: Call): Promise<Doc> {
  const { db, body, deps, pacer } = call;
  const pipeline = docsArgument(body, 'pipeline');
  refuseStages(pipeline);
  const name = collectionName(call);
  const { question, stages } = splitPipeline(pipeline, body['hint']);
  const collection = deps.store.catalog.find(db, name);
  if (flagArgument(body, 'explain')) return explainQuestion(collection, question, { isExecuted: false });
  const cursor = docArgument(body, 'cursor');
  if (!cursor)
    throw new Refusal(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );

  const results = collection
    ? await resultsOf(call, collection, { question, stages })
    : runPipeline(plain(stages), []);
  const batchSize = countArgument(cursor, 'batchSize');
  return deps.cursors.open(
    { namespace: `${db}.${name}`, source: results.values(), batchSize, isSingleBatch: false },
    pacer,
  );
}

type Split = { question: Question; stages: Doc[] };

async function resultsOf(call: Call, collection: Collection, { question, stages }: Split): Promise<Found[]> {
  const { db, body, deps, pacer } = call;
  const counted = stages.length === 1 && stages[0] ? countFieldOf(stages[0]) : undefined;
  if (counted) {
    const n = await countMatches(collection, question, pacer);
    return n > 0 ? [{ ...counted.group, [counted.field]: n }] : [];
  }
  const rows = await matchesOf(collection, question, pacer);
  if (stages.length === 0) return rows.map(({ bson }) => bson);
  const collectionResolver = (other: string) =>
    [...(deps.store.catalog.find(db, other)?.rows() ?? [])].map(({ doc }) => toPlain(doc));
  const variables = toPlain(docArgument(body, 'let') ?? {});
  return runPipeline(
    plain(stages),
    rows.map(({ doc }) => toPlain(doc)),
    { collectionResolver, variables },
  );
}

async function matchesOf(collection: Collection, question: Question, pacer: Pacer): Promise<Row[]> {
  const rows: Row[] = [];
  for (const row of select(collection, question).rows) {
    if (row) rows.push(row);
    else if (pacer.isDue()) await pacer.pause();
  }
  return rows;
}

/** Tells the stages that only count: `{ $count }`, and the driver's `countDocuments`. */
function countFieldOf(stage: Doc): { group: Doc; field: string } | undefined {
  const { $count, $group } = stage;
  if (typeof $count === 'string' && $count !== '' && !$count.startsWith('$'))
    return { group: {}, field: $count };
  if (!isDoc($group)) return undefined;
  const { _id, ...fields } = $group;
  const [entry, ...others] = Object.entries(fields);
  const isConstant = _id === null || typeof _id === 'number';
  if (!isConstant || !entry || others.length > 0) return undefined;
  const [field, sum] = entry;
  return isDoc(sum) && Object.keys(sum).length === 1 && sum['$sum'] === 1
    ? { group: { _id }, field }
    : undefined;
}

function plain(stages: readonly Doc[]): Doc[] {
  return stages.map(toPlain);
}

function refuseStages(pipeline: readonly Doc[]): void {
  for (const stage of pipeline) {
    const [name, other] = Object.keys(stage);
    if (name === undefined || other !== undefined) {
      throw new Refusal(
        'FailedToParse',
        'A pipeline stage specification object must contain exactly one field.',
      );
    }
    if (onReplicaSets.has(name)) {
      throw new Refusal('OnlyOnReplicaSets', `The ${name} stage is only supported on replica sets`);
    }
    refuseOperators(stage);
    if (!stageNames.has(name))
      throw new Refusal('UnknownStage', `Unrecognized pipeline stage name: '${name}'`);
  }
}

/** Looks for what is not implemented at any depth: pipelines lie within `$lookup`, `$facet` and `$unionWith`. */
function refuseOperators(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refuseOperators);
  if (!isDoc(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (notImplemented.has(name))
      throw new Refusal('CommandNotSupported', `${name} is not supported by this server`);
    refuseOperators(inner);
  }
}
