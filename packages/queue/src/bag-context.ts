import { Fault } from '@posthorn/runtime';
import type { Run } from './bag-run.ts';
import type { BagContext } from './handler.ts';
import type { DerivedBag, Postbox } from './postbox.ts';
import type { TakenAt } from './take-items.ts';

/** What the handler of one run may do. */
export function createBagContext<Item>(run: Run<Item>, items: readonly TakenAt<Item>[]): BagContext {
  const { bagId, signal, lease, settlement, onPhase } = run;
  const indexes = new Map(items.map(({ id, index }) => [id, index]));
  const derivedIds = new Set<string>();

  function indexOf(id: string): number {
    const index = indexes.get(id);
    if (index === undefined) throw new TypeError(`Item ${id} is not in bag ${bagId}.`);
    return index;
  }

  return {
    bagId,
    signal,
    isLeaseFresh: lease.isFresh,
    settle: async (id, verdict) => {
      await settlement.settle(indexOf(id), verdict);
      onPhase('after-settle', bagId);
    },
    postNext: async (postbox, nextItems, sourceIds, { isFinal = true } = {}) => {
      if (nextItems.length === 0) return;
      const sources = sourceIds.map(indexOf).toSorted((a, b) => a - b);
      const derived = deriveNext(postbox, bagId, sources, derivedIds);
      await postDerived(run, derived, nextItems, { sources, isFinal });
    },
  };
}

/** The bag to derive. Two from the same sources to the same lane are told apart by their order. */
function deriveNext<Next>(
  { derived: derive }: Postbox<Next>,
  bagId: string,
  sources: readonly number[],
  taken: Set<string>,
): DerivedBag<Next> {
  if (!derive) throw new TypeError('This postbox takes no derived bags.');
  let nth = 1;
  let derived = derive(bagId, nth, ...sources);
  while (taken.has(derived.bagId)) {
    nth += 1;
    derived = derive(bagId, nth, ...sources);
  }
  taken.add(derived.bagId);
  return derived;
}

/** Notes the bag before it is posted, so that a run after a crash knows where to look for it (row B7). */
async function postDerived<Item, Next>(
  { record, lease, postedKeys, onPhase, bagId }: Run<Item>,
  { bagId: derivedId, postedKey, post }: DerivedBag<Next>,
  items: readonly Next[],
  { sources, isFinal }: { sources: number[]; isFinal: boolean },
): Promise<void> {
  await record.noteDerived({ bagId: derivedId, postedKey, sources, isFinal });
  if (!lease.isFresh()) throw new Fault('unavailable', 'The bag may be lost to another worker.', { bagId });
  await post(items);
  postedKeys.push(postedKey);
  onPhase('after-post-next', bagId);
}
