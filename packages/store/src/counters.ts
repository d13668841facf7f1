import type { AccountId, EmailId } from '@posthorn/contracts';
import type { Connection } from 'mongoose';
import {
  addCounts,
  type CellCounts,
  type Counts,
  cellIdOf,
  countCells,
  dayMs,
  hourMs,
} from './counter-cells.ts';
import {
  type CellDoc,
  type CounterModels,
  countableFields,
  countableOf,
  counterModelsOf,
} from './counter-model.ts';
import type { EventDoc } from './event-model.ts';
import { peekFirstHits } from './first-hits.ts';
import { type Folded, foldCounters } from './fold-counters.ts';
import type { Guard } from './guard.ts';

/** Which hours to count: all that overlap `fromMs` inclusive to `toMs` exclusive. Hours and days are UTC. */
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

/** Folding works on hundreds of documents; other calls on one. */
const foldTimeoutMs = 30_000;

/**
 * How often what happened, by email and hour. Equal to a recount of the events at every moment, through any crash.
 *
 * Events wait, marked, until they are folded into the cells; reading adds what waits to what is folded.
 */
export class CounterRepository {
  readonly #models: CounterModels;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#models = counterModelsOf(connection);
    this.#guard = guard;
  }

  /** Folds one batch of the account's waiting events. Any number of processes may do so at once. */
  async fold(accountId: AccountId): Promise<Folded> {
    return this.#guard('counters.fold', () => foldCounters(this.#models, accountId), foldTimeoutMs);
  }

  /** The accounts that have events waiting to be folded: what to begin with after a start. */
  async accountsToFold(): Promise<AccountId[]> {
    const ids: unknown[] = await this.#guard('counters.accountsToFold', () =>
      this.#models.events.distinct('uncountedOf', { uncountedOf: { $gt: 0 } }).exec(),
    );
    return ids.map(Number);
  }

  /** Counts by email and hour; hours in which nothing was counted are absent. */
  async hourly(query: CounterQuery): Promise<PeriodCounts[]> {
    const cells = await this.#read(query);
    return cells.map(({ emailId, hourStartMs, counts }) => ({ emailId, startMs: hourStartMs, counts }));
  }

  /** Counts by email and UTC day: the sums of its hours, added when read, so that there is one truth. */
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

  /**
   * Cells and waiting events as of one moment: when the events were read, if no cell changed around it. Read the
   * other way round, an event folded in between would be missed, or counted twice.
   */
  async #read(query: CounterQuery): Promise<CellCounts[]> {
    return this.#guard('counters.read', async () => {
      for (let attempt = 1; ; attempt += 1) {
        const before = await this.#cells(query);
        const waiting = await this.#waiting(query);
        const after = await this.#cells(query);
        if (attempt === readAttempts || isSame(before, after)) return this.#sum(after, waiting);
      }
    });
  }

  async #cells(query: CounterQuery): Promise<CellDoc[]> {
    return this.#models.cells
      .find({ accountId: query.accountId, ...emailsOf(query), hourStartMs: hoursOf(query) })
      .sort({ hourStartMs: 1, emailId: 1 })
      .lean<CellDoc[]>()
      .exec();
  }

  async #waiting(query: CounterQuery): Promise<EventDoc[]> {
    const { $gt, $lt } = hoursOf(query);
    const lastHourMs = Math.ceil($lt / hourMs) * hourMs;
    const firstHourMs = (Math.floor($gt / hourMs) + 1) * hourMs;
    return this.#models.events
      .find(
        { uncountedOf: query.accountId, ...emailsOf(query), atMs: { $gte: firstHourMs, $lt: lastHourMs } },
        countableFields,
      )
      .lean<EventDoc[]>()
      .exec();
  }

  async #sum(cells: readonly CellDoc[], docs: readonly EventDoc[]): Promise<CellCounts[]> {
    const held = new Set(cells.flatMap(({ lastFold }) => lastFold));
    const waiting = docs.map(countableOf).filter(({ id }) => !held.has(id));
    const firsts = await peekFirstHits(this.#models.firstHits, waiting);
    const sums = new Map<string, CellCounts>(
      cells.map((cell) => [cell._id, { ...cell, counts: { ...cell.counts } }]),
    );
    for (const { counts, ...cell } of countCells(waiting, firsts)) {
      const id = cellIdOf(cell);
      const sum = sums.get(id) ?? { ...cell, counts: {} };
      addCounts(sum.counts, counts);
      sums.set(id, sum);
    }
    return [...sums.values()].sort((a, b) => a.hourStartMs - b.hourStartMs || a.emailId - b.emailId);
  }
}

function emailsOf({ emailIds }: CounterQuery) {
  return emailIds ? { emailId: { $in: [...emailIds] } } : {};
}

/** An hour overlaps the query when it starts less than an hour before it and before its end. */
function hoursOf({ fromMs, toMs }: CounterQuery) {
  return { $gt: fromMs - hourMs, $lt: toMs };
}

function isSame(before: readonly CellDoc[], after: readonly CellDoc[]): boolean {
  const sequences = (cells: readonly CellDoc[]) =>
    cells.map(({ _id, foldSeq }) => `${_id}=${foldSeq}`).join();
  return sequences(before) === sequences(after);
}
