import type { Row } from '../engine/document-table.ts';
import type { Collection } from './collection.ts';
import type { IndexPlan, Plan } from './plan.ts';

/** What a query cost, as `explain` reports it. */
export type ScanCost = { keysExamined: number; docsExamined: number };

/** Gives the candidates of a plan, each once. Documents may change meanwhile. */
export function* scan(
  collection: Collection,
  plan: Plan,
  { cost, wanted }: { cost: ScanCost; wanted?: number | undefined },
): Generator<Row> {
  switch (plan.kind) {
    case 'id':
      yield* byIds(collection, plan.ids, cost);
      return;
    case 'ixscan':
      yield* plan.index.isMultikey
        ? once(byIndex(collection, plan, { cost, wanted }))
        : byIndex(collection, plan, { cost, wanted });
      return;
    case 'or':
      yield* once(byBranches(collection, plan.plans, cost));
      return;
    case 'collscan':
      yield* collection.rows(plan.direction, wanted);
  }
}

function* byIds(collection: Collection, ids: readonly unknown[], cost: ScanCost): Generator<Row> {
  for (const id of ids) {
    cost.keysExamined++;
    const row = collection.findById(id);
    if (row) yield row;
  }
}

function* byIndex(
  collection: Collection,
  { index, direction, intervals }: IndexPlan,
  { cost, wanted }: { cost: ScanCost; wanted: number | undefined },
): Generator<Row> {
  for (const interval of intervals) {
    for (const row of collection.rowsBy({ index, direction, wanted }, interval)) {
      cost.keysExamined++;
      yield row;
    }
  }
}

function* byBranches(collection: Collection, plans: readonly Plan[], cost: ScanCost): Generator<Row> {
  for (const plan of plans) yield* scan(collection, plan, { cost });
}

function* once(rows: Iterable<Row>): Generator<Row> {
  const seen = new Set<number>();
  for (const row of rows) {
    if (seen.has(row.seq)) continue;
    seen.add(row.seq);
    yield row;
  }
}
