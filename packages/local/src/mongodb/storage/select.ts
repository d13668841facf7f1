import type { Row } from '../engine/document-table.ts';
import { compileFilter, type Matcher } from '../query/filter.ts';
import { compareSortValues, type SortKey, sortValuesOf } from '../query/sort.ts';
import type { Collection } from './collection.ts';
import { choosePlan, type Plan, type Question } from './plan.ts';
import { type ScanCost, scan } from './scan.ts';

/** A query on its way: its plan, its cost so far and its matches. */
export type Selection = { plan: Plan; cost: ScanCost; matches: Matcher; rows: Generator<Row | undefined> };

/** Candidates looked at between two places where the caller may let others run. */
const sliceLength = 64;

/**
 * Starts a query.
 *
 * `rows` gives the matches in order and, now and then, undefined: a good moment to let other work run. Reading
 * goes on safely after that, whatever changed.
 */
export function select(collection: Collection, question: Question): Selection {
  const matches = compileFilter(question.filter);
  const plan = choosePlan(collection, question);
  const cost: ScanCost = { keysExamined: 0, docsExamined: 0 };
  const isExact = (plan.kind === 'id' || plan.kind === 'ixscan') && plan.isExact;
  const matching = filtered(
    scan(collection, plan, { cost, wanted: plan.isSorted ? question.wanted : undefined }),
    isExact ? undefined : matches,
    cost,
  );
  const rows = plan.isSorted ? matching : sorted(collection, matching, question.sort);
  return { plan, cost, matches, rows };
}

/** The first match, or undefined. Never pauses: what it finds is current when it returns. */
export function selectFirst(collection: Collection, question: Question): Row | undefined {
  for (const row of select(collection, { ...question, wanted: 1 }).rows) if (row) return row;
  return undefined;
}

/** Without a matcher every candidate matches. */
function* filtered(
  candidates: Iterable<Row>,
  matches: Matcher | undefined,
  cost: ScanCost,
): Generator<Row | undefined> {
  for (const row of candidates) {
    cost.docsExamined++;
    if (!matches || matches(row.doc)) yield row;
    if (cost.docsExamined % sliceLength === 0) yield undefined;
  }
}

/** Keeps what is sorted by, not the documents, which are read again in their order. */
function* sorted(
  collection: Collection,
  rows: Iterable<Row | undefined>,
  keys: readonly SortKey[],
): Generator<Row | undefined> {
  const found: { seq: number; values: unknown[] }[] = [];
  for (const row of rows) {
    if (row) found.push({ seq: row.seq, values: sortValuesOf(row.doc, keys) });
    else yield undefined;
  }
  found.sort((a, b) => compareSortValues(a.values, b.values, keys) || a.seq - b.seq);
  for (const [i, { seq }] of found.entries()) {
    const row = collection.get(seq);
    if (row) yield row;
    if (i % sliceLength === sliceLength - 1) yield undefined;
  }
}
