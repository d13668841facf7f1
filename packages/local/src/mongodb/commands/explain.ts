import { Refusal } from '../errors.ts';
import { parseSort, type SortKey } from '../query/sort.ts';
import { docArgument, docsArgument } from '../server/arguments.ts';
import type { Call, Command } from '../server/command.ts';
import type { Collection } from '../storage/collection.ts';
import type { Plan, Question } from '../storage/plan.ts';
import { select } from '../storage/select.ts';
import { type Doc, isDoc } from '../values/doc.ts';
import { splitPipeline } from './aggregate.ts';

/** `explain`: which plan answers a query, and what it costs. Nothing is changed, also where it explains a write. */
export const explain: Command = { fields: ['verbosity'], run: answerExplain };

/** Explains how documents are found; `isExecuted` also finds them. */
export function explainQuestion(
  collection: Collection | undefined,
  question: Question,
  { isExecuted }: { isExecuted: boolean },
): Doc {
  if (!collection) return { queryPlanner: { winningPlan: { stage: 'EOF' }, rejectedPlans: [] }, ok: 1 };
  const { plan, cost, rows } = select(collection, question);
  const winningPlan = describePlan(plan, question.sort);
  const { namespace } = collection;
  const queryPlanner = { namespace, parsedQuery: question.filter, winningPlan, rejectedPlans: [] };
  if (!isExecuted) return { queryPlanner, ok: 1 };
  const nReturned = [...rows].filter((row) => row !== undefined).length;
  const { keysExamined: totalKeysExamined, docsExamined: totalDocsExamined } = cost;
  const executionStats = { executionSuccess: true, nReturned, totalKeysExamined, totalDocsExamined };
  return { queryPlanner, executionStats, ok: 1 };
}

function answerExplain(call: Call): Doc {
  const explained = docArgument(call.body, 'explain') ?? {};
  const [name = ''] = Object.keys(explained);
  const collection = call.deps.store.catalog.find(call.db, String(explained[name]));
  return explainQuestion(collection, questionOf(name, explained), {
    isExecuted: call.body['verbosity'] !== 'queryPlanner',
  });
}

function questionOf(name: string, command: Doc): Question {
  const sort = parseSort(command['sort']);
  const { hint } = command;
  switch (name) {
    case 'find':
      return { filter: docArgument(command, 'filter') ?? {}, sort, hint };
    case 'aggregate':
      return splitPipeline(docsArgument(command, 'pipeline'), hint).question;
    case 'count':
    case 'distinct':
      return { filter: docArgument(command, 'query') ?? {}, sort: [], hint };
    case 'findAndModify':
      return { filter: docArgument(command, 'query') ?? {}, sort, hint };
    case 'update':
    case 'delete':
      return statementQuestion(docsArgument(command, `${name}s`)[0]);
    default:
      throw new Refusal('CommandNotFound', `Explain failed due to unknown command: ${name}`);
  }
}

function statementQuestion(statement: Doc | undefined): Question {
  return { filter: docArgument(statement ?? {}, 'q') ?? {}, sort: [], hint: statement?.['hint'] };
}

function describePlan(plan: Plan, sort: readonly SortKey[]): Doc {
  const found = describeAccess(plan);
  if (plan.isSorted) return found;
  return {
    stage: 'SORT',
    sortPattern: Object.fromEntries(sort.map((key) => [key.field, key.direction])),
    inputStage: found,
  };
}

function describeAccess(plan: Plan): Doc {
  switch (plan.kind) {
    case 'collscan':
      return { stage: 'COLLSCAN', direction: plan.direction === 1 ? 'forward' : 'backward' };
    case 'id':
      return { stage: 'IDHACK', keyPattern: { _id: 1 }, indexName: '_id_' };
    case 'or':
      return { stage: 'FETCH', inputStage: { stage: 'OR', inputStages: plan.plans.map(describeAccess) } };
    case 'ixscan':
      return { stage: 'FETCH', inputStage: describeIndexScan(plan) };
  }
}

function describeIndexScan({ index, intervals, direction }: Extract<Plan, { kind: 'ixscan' }>): Doc {
  const { name, key, isUnique, isSparse, partialFilter } = index.spec;
  return {
    stage: 'IXSCAN',
    keyPattern: key,
    indexName: name,
    isMultiKey: index.isMultikey,
    isUnique,
    isSparse,
    isPartial: partialFilter !== undefined,
    direction: direction === 1 ? 'forward' : 'backward',
    indexBounds: intervals
      .slice(0, 20)
      .map(({ equal, range }) => ({ equal, ...(isDoc(range) && { range }) })),
  };
}
