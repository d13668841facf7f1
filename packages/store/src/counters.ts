import type { AccountId, EmailId, Event } from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import type { Connection } from 'mongoose';
import { addCounts, type CellCounts, type Counts, cellIdOf, countCells, dayMs } from './counter-cells.ts';
import { type CellDoc, cellSchema, type DeltaDoc, deltaSchema, pendingOf } from './counter-docs.ts';
import { writeRefusalsOf } from './duplicate-key.ts';
import { type FoldModels, foldCounters } from './fold-counters.ts';
import type { Guard } from './guard.ts';
import { rawCollection } from './raw-collection.ts';

/** Which hours to count: from `fromMs` inclusive to `toMs` exclusive, widened to whole hours (UTC). */
export type CounterQuery = Readonly<{
  accountId: AccountId;
  /** Without it, all emails of the account. */
  emailIds?: readonly EmailId[];
  fromMs: number;
  toMs: number;
}>;

export type EmailCounts = Readonly<{ emailId: EmailId; counts: Counts }>;
export type PeriodCounts = Readonly<{ emailId: EmailId; startMs: number; counts: Counts }>;

/** How often a read is repeated because cells changed under it; the last one is then taken as it is. */
const readAttempts = 5;

/**
 * How often what happened, by email and hour. Equal to a recount of the events at every moment, through any crash.
 *
 * A bag's additions are written as a delta, once; reading adds the deltas to the cells, and folding moves them there.
 */
export class CounterRepository {
  readonly #models: FoldModels;
  readonly #guard: Guard;
  readonly #clock: Clock;

  constructor(connection: Connection, guard: Guard, clock: Clock) {
    this.#models = {
      deltas: connection.model<DeltaDoc>('CounterDelta', deltaSchema, 'counterDeltas'),
      cells: connection.model<CellDoc>('CounterCell', cellSchema, 'counters'),
    };
    this.#guard = guard;
    this.#clock = clock;
  }

  /**
   * Writes what a bag's events add. `events` must be all that the bag owns (`events.append`); a second call for the
   * same bag and account changes nothing, whatever it is given. Returns the accounts that have something to fold.
   */
  async addDeltas(
    bagId: string,
    events: readonly Event[],
    firstHits: ReadonlySet<string>,
  ): Promise<AccountId[]> {
    const docs = deltasOf(bagId, countCells(events, firstHits), this.#clock.nowMs());
    if (docs.length > 0) await this.#guard('counters.addDeltas', () => this.#insert(docs));
    return docs.map(({ accountId }) => accountId);
  }

  /** Folds one batch of the account's deltas; returns how many were finished. 0 means nothing waits, or others fold. */
  async fold(accountId: AccountId): Promise<number> {
    return this.#guard(
      'counters.fold',
      () => foldCounters(this.#models, accountId, this.#clock.nowMs()),
      30_000,
    );
  }

  /** Counts by email and hour; hours in which nothing was counted are absent. */
  async hourly(query: CounterQuery): Promise<PeriodCounts[]> {
    const cells = await this.#read(query);
    return cells.map(({ emailId, hourStartMs, counts }) => ({ emailId, startMs: hourStartMs, counts }));
  }

  /** Counts by email and UTC day: the sums of its hours. */
  async daily(query: CounterQuery): Promise<PeriodCounts[]> {
    const days = new Map<string, PeriodCounts>();
    for (const { emailId, hourStartMs, counts } of await this.#read(query)) {
      const startMs = hourStartMs - (hourStartMs % dayMs);
      const day = days.get(`${emailId}:${startMs}`) ?? { emailId, startMs, counts: {} };
      addCounts(day.counts, counts);
      days.set(`${emailId}:${startMs}`, day);
    }
    return [...days.values()];
  }

  /** Counts by email over the whole period. */
  async total(query: CounterQuery): Promise<EmailCounts[]> {
    const totals = new Map<EmailId, EmailCounts>();
    for (const { emailId, counts } of await this.#read(query)) {
      const total = totals.get(emailId) ?? { emailId, counts: {} };
      addCounts(total.counts, counts);
      totals.set(emailId, total);
    }
    return [...totals.values()];
  }

  async #insert(docs: DeltaDoc[]): Promise<void> {
    try {
      await rawCollection(this.#models.deltas).insertMany(docs, { ordered: false });
    } catch (error) {
      if (writeRefusalsOf(error).some(({ isDuplicate }) => !isDuplicate)) throw error;
    }
  }

  /** Cells and pending deltas as of one moment: the moment the deltas were read, if no cell changed around it. */
  async #read(query: CounterQuery): Promise<CellCounts[]> {
    return this.#guard('counters.read', async () => {
      for (let attempt = 1; ; attempt += 1) {
        const before = await this.#cells(query);
        const deltas = await this.#pending(query);
        const after = await this.#cells(query);
        if (attempt === readAttempts || isSame(before, after)) return sumOf(after, deltas);
      }
    });
  }

  async #cells({ accountId, emailIds, fromMs, toMs }: CounterQuery): Promise<CellDoc[]> {
    const hours = { $gt: fromMs - 3_600_000, $lt: toMs };
    const filter = {
      accountId,
      ...(emailIds ? { emailId: { $in: [...emailIds] } } : {}),
      hourStartMs: hours,
    };
    return this.#models.cells.find(filter).sort({ hourStartMs: 1, _id: 1 }).lean<CellDoc[]>().exec();
  }

  async #pending({ accountId, emailIds, fromMs, toMs }: CounterQuery): Promise<PendingCell[]> {
    const docs = await this.#models.deltas.find(pendingOf(accountId)).lean<DeltaDoc[]>().exec();
    return docs
      .flatMap(({ _id, cells = [] }) => cells.map((cell) => ({ ...cell, accountId, deltaId: _id })))
      .filter(({ emailId, hourStartMs }) => {
        const isWanted = emailIds === undefined || emailIds.includes(emailId);
        return isWanted && hourStartMs > fromMs - 3_600_000 && hourStartMs < toMs;
      });
  }
}

type PendingCell = CellCounts & { deltaId: string };

function deltasOf(bagId: string, cells: readonly CellCounts[], pendingSinceMs: number): DeltaDoc[] {
  const byAccount = Map.groupBy(cells, ({ accountId }) => accountId);
  return [...byAccount].map(([accountId, its]) => ({
    _id: `${bagId}:${accountId}`,
    accountId,
    pendingSinceMs,
    cells: its.map(({ emailId, hourStartMs, counts }) => ({ emailId, hourStartMs, counts })),
  }));
}

function isSame(before: readonly CellDoc[], after: readonly CellDoc[]): boolean {
  const sequences = (cells: readonly CellDoc[]) =>
    cells.map(({ _id, foldSeq }) => `${_id}=${foldSeq}`).join();
  return sequences(before) === sequences(after);
}

function sumOf(cells: readonly CellDoc[], pending: readonly PendingCell[]): CellCounts[] {
  const sums = new Map<string, CellCounts>();
  const held = new Map(cells.map(({ _id, lastFold }) => [_id, new Set(lastFold)]));
  for (const cell of cells) sums.set(cell._id, { ...cell, counts: { ...cell.counts } });
  for (const { deltaId, counts, ...cell } of pending) {
    const id = cellIdOf(cell);
    if (held.get(id)?.has(deltaId)) continue;
    const sum = sums.get(id) ?? { ...cell, counts: {} };
    addCounts(sum.counts, counts);
    sums.set(id, sum);
  }
  return [...sums.values()].sort((a, b) => a.hourStartMs - b.hourStartMs || a.emailId - b.emailId);
}
