import { identityOf } from '../values/identity.ts';
import type { Collection } from './collection.ts';
import { positionIn } from './interval.ts';
import type { IndexPlan, Plan } from './plan.ts';
import type { Slot } from './slot.ts';

/** What a query cost, as `explain` reports it. */
export type ScanCost = { keysExamined: number; docsExamined: number };

/** Gives the candidates of a plan, each once. Documents may change meanwhile. */
export function* scan(collection: Collection, plan: Plan, cost: ScanCost): Generator<Slot> {
  switch (plan.kind) {
    case 'id':
      yield* byIds(collection, plan.ids, cost);
      return;
    case 'ixscan':
      yield* plan.index.isMultikey ? once(byIndex(plan, cost)) : byIndex(plan, cost);
      return;
    case 'or':
      yield* once(byBranches(collection, plan.plans, cost));
      return;
    case 'collscan':
      yield* plan.direction === 1 ? collection.slots() : [...collection.slots()].reverse();
  }
}

function* byIds(collection: Collection, ids: readonly unknown[], cost: ScanCost): Generator<Slot> {
  for (const id of ids) {
    cost.keysExamined++;
    const slot = collection.bySlotId(identityOf(id));
    if (slot) yield slot;
  }
}

function* byIndex({ index, intervals, direction }: IndexPlan, cost: ScanCost): Generator<Slot> {
  for (const interval of intervals) {
    const position = positionIn(interval, index.spec.keys);
    const entries = direction === 1 ? index.tree.ascend(position) : index.tree.descend(position);
    for (const { slot } of entries) {
      cost.keysExamined++;
      yield slot;
    }
  }
}

function* byBranches(collection: Collection, plans: readonly Plan[], cost: ScanCost): Generator<Slot> {
  for (const plan of plans) yield* scan(collection, plan, cost);
}

function* once(slots: Iterable<Slot>): Generator<Slot> {
  const seen = new Set<Slot>();
  for (const slot of slots) {
    if (seen.has(slot)) continue;
    seen.add(slot);
    yield slot;
  }
}
