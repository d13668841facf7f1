import { collectionName, countArgument, docArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Pacer } from '../server/pacer.ts';
import type { Collection } from '../storage/collection.ts';
import { choosePlan, type IndexPlan, type Question } from '../storage/plan.ts';
import { select } from '../storage/select.ts';
import type { Doc } from '../values/doc.ts';

/** `count`. */
export const count: Command = {
  fields: ['query', 'limit', 'skip', 'hint', 'fields'],
  unsupported: ['collation'],
  run: answerCount,
};

/** Number of documents that match; without a filter no document is looked at. */
export async function countMatches(
  collection: Collection,
  question: Question,
  pacer: Pacer,
): Promise<number> {
  if (Object.keys(question.filter).length === 0) return collection.count;
  const plan = choosePlan(collection, question);
  let n = 0;
  if (plan.kind === 'ixscan' && plan.isExact) {
    for (const count of countIn(collection, plan)) {
      n += count;
      if (pacer.isDue()) await pacer.pause();
    }
    return n;
  }
  for (const row of select(collection, question).rows) {
    if (row) n++;
    else if (pacer.isDue()) await pacer.pause();
  }
  return n;
}

function* countIn(collection: Collection, { index, intervals }: IndexPlan): Generator<number> {
  for (const interval of intervals) yield* collection.countBy(index, interval);
}

async function answerCount(call: Call): Promise<Doc> {
  const { db, body, deps, pacer } = call;
  const collection = deps.store.catalog.find(db, collectionName(call));
  const filter = docArgument(body, 'query') ?? {};
  const matched = collection
    ? await countMatches(collection, { filter, sort: [], hint: body['hint'] }, pacer)
    : 0;
  const rest = Math.max(0, matched - (countArgument(body, 'skip') ?? 0));
  return { n: Math.min(rest, countArgument(body, 'limit') || Number.POSITIVE_INFINITY), ok: 1 };
}
