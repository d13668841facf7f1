import { compileFilter, type Matcher } from '../query/filter.ts';
import { compareSortValues, type SortKey, sortValuesOf } from '../query/sort.ts';
import type { Collection } from './collection.ts';
import { choosePlan, type Plan, type Question } from './plan.ts';
import { type ScanCost, scan } from './scan.ts';
import type { Slot } from './slot.ts';

/** A query on its way: its plan, its cost so far and its matches. */
export type Selection = { plan: Plan; cost: ScanCost; matches: Matcher; slots: Generator<Slot | undefined> };

/** Candidates looked at between two places where the caller may let others run. */
const sliceLength = 256;

/**
 * Starts a query.
 *
 * `slots` gives the matches in order and, now and then, undefined: a good moment to let other work run. Reading
 * goes on safely after that, whatever changed.
 */
export function select(collection: Collection, question: Question): Selection {
  const matches = compileFilter(question.filter);
  const plan = choosePlan(collection, question);
  const cost: ScanCost = { keysExamined: 0, docsExamined: 0 };
  const matching = filtered(scan(collection, plan, cost), matches, cost);
  const slots = plan.isSorted ? matching : sorted(matching, question.sort);
  return { plan, cost, matches, slots };
}

/** The first match, or undefined. Never pauses: what it finds is current when it returns. */
export function selectFirst(collection: Collection, question: Question): Slot | undefined {
  for (const slot of select(collection, question).slots) if (slot) return slot;
  return undefined;
}

function* filtered(
  candidates: Iterable<Slot>,
  matches: Matcher,
  cost: ScanCost,
): Generator<Slot | undefined> {
  for (const slot of candidates) {
    cost.docsExamined++;
    if (slot.isLive && matches(slot.doc)) yield slot;
    if (cost.docsExamined % sliceLength === 0) yield undefined;
  }
}

function* sorted(slots: Iterable<Slot | undefined>, keys: readonly SortKey[]): Generator<Slot | undefined> {
  const found: { slot: Slot; values: unknown[] }[] = [];
  for (const slot of slots) {
    if (slot) found.push({ slot, values: sortValuesOf(slot.doc, keys) });
    else yield undefined;
  }
  found.sort((a, b) => compareSortValues(a.values, b.values, keys) || a.slot.sequence - b.slot.sequence);
  for (const { slot } of found) yield slot;
}
