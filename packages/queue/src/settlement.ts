import type { Bag } from './bag.ts';
import { GroupCommit } from './group-commit.ts';
import type { Due, JobHistory, JobRecord, Mark } from './job-record.ts';
import type { Verdict } from './verdict.ts';

export type SettlementDeps = Readonly<{
  record: JobRecord;
  history: JobHistory;
  nowMs: () => number;
  /** Puts the item at `index` into the parking lot and marks it. */
  parkItem: (index: number, reason: string) => Promise<void>;
  onSettled: (kind: Verdict['kind'], count: number) => void;
  /** Called when one more item is to come back, once that is on disk. */
  onDue?: () => void;
}>;

/** Which items of one bag are settled, how, and what is still to be done for that. Items go by their index. */
export class Settlement {
  readonly #deps: SettlementDeps;
  readonly #open: Set<number>;
  readonly #due = new Map<number, Due>();
  readonly #doneNow = new Set<number>();
  /** Items settled in the same turn, or while a write is under way, share one write. */
  readonly #marks: GroupCommit<readonly [number, Mark]>;

  constructor({ e: entries }: Bag, deps: SettlementDeps) {
    this.#deps = deps;
    this.#open = new Set(entries.keys().filter((index) => !deps.history.marks.has(index)));
    this.#marks = new GroupCommit((marks) => deps.record.mark(new Map(marks)), { inFlightMax: 1 });
    for (const [index, mark] of deps.history.marks) if (mark !== 'done') this.#due.set(index, mark);
  }

  /** Items without a verdict. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** Items that are to come back, and when. */
  get due(): ReadonlyMap<number, Due> {
    return this.#due;
  }

  /** Items that were done in this run. */
  get doneNow(): ReadonlySet<number> {
    return this.#doneNow;
  }

  /** On disk when it resolves; a second verdict for an item is ignored. */
  async settle(index: number, verdict: Verdict): Promise<void> {
    if (!this.#open.delete(index)) return;
    try {
      if (verdict.kind === 'park') await this.#deps.parkItem(index, verdict.reason);
      else await this.#marks.add([index, this.#take(index, verdict)], 0);
    } catch (error) {
      // Not on disk, so not settled: the next run sees it again.
      this.#due.delete(index);
      this.#doneNow.delete(index);
      this.#open.add(index);
      throw error;
    }
    this.#deps.onSettled(verdict.kind, 1);
    if (this.#due.has(index)) this.#deps.onDue?.();
  }

  /** Settles the last items; where all are merely done they get no marks, since the job ends right after. */
  async settleRest(verdicts: ReadonlyMap<number, Verdict>): Promise<void> {
    const isAllDone = this.#due.size === 0 && verdicts.values().every(({ kind }) => kind === 'done');
    if (!isAllDone) {
      await Promise.all([...verdicts].map(([index, verdict]) => this.settle(index, verdict)));
      return;
    }
    for (const index of verdicts.keys()) {
      if (this.#open.delete(index)) this.#doneNow.add(index);
    }
    this.#deps.onSettled('done', verdicts.size);
  }

  /** Marks items done that another bag carries on. */
  async handOver(indexes: readonly number[]): Promise<void> {
    if (indexes.length === 0) return;
    await this.#deps.record.mark(new Map(indexes.map((index) => [index, 'done'])));
    for (const index of indexes) {
      this.#open.delete(index);
      this.#due.delete(index);
    }
  }

  /** Takes the verdict in memory and returns the mark it needs. */
  #take(index: number, verdict: Exclude<Verdict, { kind: 'park' }>): Mark {
    if (verdict.kind === 'done') {
      this.#doneNow.add(index);
      return 'done';
    }
    const atMs = Math.round(this.#deps.nowMs() + verdict.delayMs);
    const due = verdict.kind === 'wait' ? { atMs, waitMs: Math.round(verdict.delayMs) } : { atMs };
    this.#due.set(index, due);
    return due;
  }
}
