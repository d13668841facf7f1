import type { Bag } from './bag.ts';
import { createGroupCommit } from './group-commit.ts';
import type { JobHistory, JobRecord, Mark } from './job-record.ts';
import type { Verdict } from './verdict.ts';

export type SettlementDeps = Readonly<{
  record: JobRecord;
  history: JobHistory;
  nowMs: () => number;
  /** Puts the item at `index` into the parking lot and marks it. */
  parkItem: (index: number, reason: string) => Promise<void>;
  onSettled: (kind: Verdict['kind'], count: number) => void;
}>;

/** Which items of one bag are settled, how, and what is still to be done for that. */
export type Settlement = Readonly<{
  /** Indexes of items without a verdict. */
  open: ReadonlySet<number>;
  /** Items whose verdict is to come back, by index, with the Unix time in milliseconds at which they are due. */
  due: ReadonlyMap<number, number>;
  /** Items that were done in this run. */
  doneNow: ReadonlySet<number>;
  /** Durable when it resolves; a second verdict for an item is ignored. */
  settle: (index: number, verdict: Verdict) => Promise<void>;
  /** Settles many at once; those that are merely done get no mark of their own where the job ends right after. */
  settleRest: (verdicts: ReadonlyMap<number, Verdict>) => Promise<void>;
  /** Forgets that items were due, once the bags that bring them back are posted. */
  clearDue: () => Promise<void>;
  /** Marks items done that another bag carries on. */
  handOver: (indexes: Iterable<number>) => Promise<void>;
}>;

export function createSettlement({ e: entries }: Bag, deps: SettlementDeps): Settlement {
  const { record, history, nowMs, parkItem, onSettled } = deps;
  const open = new Set(entries.keys().filter((index) => !history.marks.has(index)));
  const due = new Map(
    [...history.marks].flatMap(([index, mark]) => (mark === 'done' ? [] : [[index, mark] as const])),
  );
  const doneNow = new Set<number>();
  // Items settled in the same turn, or while a write is under way, share one write.
  const marks = createGroupCommit<readonly [number, Mark]>((group) => record.mark(new Map(group)), {
    inFlightMax: 1,
  });

  /** Takes the verdict in memory and returns the mark it needs, if any. */
  function take(index: number, verdict: Verdict): Mark | undefined {
    if (verdict.kind === 'park') return undefined;
    if (verdict.kind === 'done') {
      doneNow.add(index);
      return 'done';
    }
    const dueAtMs = nowMs() + verdict.delayMs;
    due.set(index, dueAtMs);
    return dueAtMs;
  }

  async function settle(index: number, verdict: Verdict): Promise<void> {
    if (!open.delete(index)) return;
    try {
      if (verdict.kind === 'park') await parkItem(index, verdict.reason);
      else await marks.add([index, take(index, verdict) ?? 'done'], 0);
    } catch (error) {
      // Not on disk, so not settled: the next run sees it again.
      due.delete(index);
      doneNow.delete(index);
      open.add(index);
      throw error;
    }
    onSettled(verdict.kind, 1);
  }

  async function settleRest(verdicts: ReadonlyMap<number, Verdict>): Promise<void> {
    const isAllDone = due.size === 0 && verdicts.values().every(({ kind }) => kind === 'done');
    if (!isAllDone) {
      await Promise.all([...verdicts].map(([index, verdict]) => settle(index, verdict)));
      return;
    }
    for (const index of verdicts.keys()) {
      if (open.delete(index)) doneNow.add(index);
    }
    onSettled('done', verdicts.size);
  }

  async function handOver(indexes: Iterable<number>): Promise<void> {
    const all = [...indexes];
    if (all.length === 0) return;
    await record.mark(new Map(all.map((index) => [index, 'done'])));
    for (const index of all) {
      open.delete(index);
      due.delete(index);
    }
  }

  return { open, due, doneNow, settle, settleRest, clearDue: () => handOver([...due.keys()]), handOver };
}
