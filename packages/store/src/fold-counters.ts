import type { AccountId } from '@posthorn/contracts';
import {
  type Cell,
  type CountableEvent,
  cellIdOf,
  cellOf,
  countCells,
  countEntries,
} from './counter-cells.ts';
import { type CellDoc, type CounterModels, countableFields, countableOf } from './counter-model.ts';
import type { EventDoc } from './event-model.ts';
import { claimFirstHits } from './first-hits.ts';
import { rawCollection } from './raw-collection.ts';
import { writeRefusalsOf } from './write-refusals.ts';

/** Most events folded at once: bounds `lastFold`, which is rewritten with each fold of a cell. */
export const foldBatch = 500;

export type Folded = Readonly<{
  /** Events that were counted and marked so. */
  counted: number;
  /** Whether another call would probably find work. */
  isMore: boolean;
}>;

/**
 * Counts one batch of an account's uncounted events into their cells.
 *
 * Safe to stop anywhere and to run in several processes at once. A cell is changed on the condition that nobody
 * changed it since it was read, and what still waits is read *after* the cells: so for each such event `lastFold` says
 * truly whether its cell holds it (see `CellDoc`). Events are marked counted only when all cells hold theirs; if one
 * cell was changed by someone else, nothing is marked, and the next call finds by `lastFold` what is done.
 */
export async function foldCounters(models: CounterModels, accountId: AccountId): Promise<Folded> {
  const candidates = await readUncounted(models, accountId);
  if (candidates.length === 0) return { counted: 0, isMore: false };

  const cells = await readCells(models, candidates);
  const waiting = await stillUncounted(models, candidates);
  const changes = await changesOf(models, waiting, cells);
  const isHeld = changes.length === 0 || (await write(models, changes));
  if (isHeld) await markCounted(models, accountId, waiting);
  return { counted: isHeld ? waiting.length : 0, isMore: !isHeld || candidates.length === foldBatch };
}

async function readUncounted({ events }: CounterModels, accountId: AccountId): Promise<CountableEvent[]> {
  const docs = await events
    .find({ uncountedOf: accountId }, countableFields)
    .limit(foldBatch)
    .lean<EventDoc[]>()
    .exec();
  return docs.map(countableOf);
}

async function readCells(
  { cells }: CounterModels,
  events: readonly CountableEvent[],
): Promise<Map<string, CellDoc>> {
  const ids = [...new Set(events.map((event) => cellIdOf(cellOf(event))))];
  const docs = await cells
    .find({ _id: { $in: ids } })
    .lean<CellDoc[]>()
    .exec();
  return new Map(docs.map((doc) => [doc._id, doc]));
}

async function stillUncounted(
  models: CounterModels,
  candidates: readonly CountableEvent[],
): Promise<CountableEvent[]> {
  const ids = await uncountedAmong(
    models,
    candidates.map(({ id }) => id),
  );
  return candidates.filter(({ id }) => ids.has(id));
}

async function uncountedAmong({ events }: CounterModels, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const filter = { _id: { $in: [...ids] }, uncountedOf: { $exists: true } };
  const docs = await events.find(filter, { _id: 1 }).lean<{ _id: string }[]>().exec();
  return new Set(docs.map(({ _id }) => _id));
}

type CellChange = Readonly<{
  cell: Cell;
  was: CellDoc | undefined;
  news: CountableEvent[];
  lastFold: string[];
}>;
type CellWrite = ReturnType<typeof writeOf>;

/** The writes that bring every waiting event into its cell, for the cells that lack one. */
async function changesOf(
  models: CounterModels,
  waiting: readonly CountableEvent[],
  cells: ReadonlyMap<string, CellDoc>,
): Promise<CellWrite[]> {
  const firsts = await claimFirstHits(models.firstHits, waiting);
  const waitingIds = new Set(waiting.map(({ id }) => id));
  // What a cell holds and is still uncounted must stay listed, also where it is not in this batch.
  const outside = [...cells.values()].flatMap(({ lastFold }) => lastFold).filter((id) => !waitingIds.has(id));
  const listed = (await uncountedAmong(models, outside)).union(waitingIds);
  const byCell = Map.groupBy(waiting, (event) => cellIdOf(cellOf(event)));
  return [...byCell].flatMap(([cellId, its]) => {
    const was = cells.get(cellId);
    const held = new Set(was?.lastFold);
    const news = its.filter(({ id }) => !held.has(id));
    const [first] = news;
    if (!first) return [];
    const lastFold = [...held.intersection(listed), ...news.map(({ id }) => id)];
    return [writeOf({ cell: cellOf(first), was, news, lastFold }, firsts)];
  });
}

/** One cell's write: a new cell, or an update on the condition that it is as it was read. */
function writeOf({ cell, was, news, lastFold }: CellChange, firsts: ReadonlySet<string>) {
  const _id = cellIdOf(cell);
  const counts = countCells(news, firsts)[0]?.counts ?? {};
  if (!was) return { insertOne: { document: { _id, ...cell, counts, foldSeq: 1, lastFold } } };
  const increments = countEntries(counts).map(([name, count]) => [`counts.${name}`, count]);
  const update: Record<string, object> = {
    $inc: { ...Object.fromEntries(increments), foldSeq: 1 },
    $set: { lastFold },
  };
  return { updateOne: { filter: { _id, foldSeq: was.foldSeq }, update } };
}

/** Writes the cells; false when someone else changed one of them first. */
async function write({ cells }: CounterModels, writes: CellWrite[]): Promise<boolean> {
  try {
    const result = await rawCollection(cells).bulkWrite(writes, { ordered: false });
    return result.insertedCount + result.modifiedCount === writes.length;
  } catch (error) {
    if (writeRefusalsOf(error).some(({ isDuplicate }) => !isDuplicate)) throw error;
    return false;
  }
}

async function markCounted(
  { events }: CounterModels,
  accountId: AccountId,
  counted: readonly CountableEvent[],
): Promise<void> {
  const filter = { _id: { $in: counted.map(({ id }) => id) }, accountId };
  await rawCollection(events).updateMany(filter, { $unset: { uncountedOf: 1 } });
}
