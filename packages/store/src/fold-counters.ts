import type { AccountId } from '@posthorn/contracts';
import type { Model } from 'mongoose';
import { addCounts, type Counts, cellIdOf, countEntries } from './counter-cells.ts';
import { type CellDoc, type DeltaDoc, foldedRetentionMs, pendingOf } from './counter-docs.ts';
import { isDuplicateKey } from './duplicate-key.ts';

/** Most deltas folded at once: bounds `lastFold`, which is rewritten with each fold of a cell. */
const foldBatch = 200;

export type FoldModels = { deltas: Model<DeltaDoc>; cells: Model<CellDoc> };

/** What waits for one cell: the sum a delta adds, by the delta's id. */
type Waiting = {
  cell: Pick<CellDoc, '_id' | 'accountId' | 'emailId' | 'hourStartMs'>;
  deltas: Map<string, Counts>;
};

/**
 * Moves one batch of an account's pending deltas into their cells; returns how many deltas it finished.
 *
 * Safe to stop anywhere and to run in several processes at once. Each cell is changed by one update on the condition
 * that nobody changed it since it was read, and the pending deltas are read *after* the cells: so for each of them
 * `lastFold` says truly whether the cell holds it already (see `CellDoc`). A cell that someone else changed is left
 * for the next call. A delta is marked folded only when all its cells hold it.
 */
export async function foldCounters(models: FoldModels, accountId: AccountId, nowMs: number): Promise<number> {
  const candidates = await readPending(models, accountId);
  if (candidates.length === 0) return 0;

  const cells = await readCells(models, [...waitingOf(candidates).keys()]);
  const pending = await stillPending(models, candidates);
  const waiting = waitingOf(pending);
  const unfinished = new Set<string>();
  for (const [cellId, waits] of waiting) {
    const isHeld = await foldCell(models, waits, cells.get(cellId));
    if (!isHeld) for (const deltaId of waits.deltas.keys()) unfinished.add(deltaId);
  }
  return finish(
    models,
    pending.map(({ _id }) => _id).filter((id) => !unfinished.has(id)),
    nowMs,
  );
}

async function readPending({ deltas }: FoldModels, accountId: AccountId): Promise<DeltaDoc[]> {
  return deltas
    .find(pendingOf(accountId))
    .sort({ pendingSinceMs: 1 })
    .limit(foldBatch)
    .lean<DeltaDoc[]>()
    .exec();
}

/** Of deltas read before, those that are pending now; what a pending delta holds never changes. */
async function stillPending({ deltas }: FoldModels, candidates: readonly DeltaDoc[]): Promise<DeltaDoc[]> {
  const filter = { _id: { $in: candidates.map(({ _id }) => _id) }, pendingSinceMs: { $gt: 0 } };
  const docs = await deltas.find(filter, { _id: 1 }).lean<Pick<DeltaDoc, '_id'>[]>().exec();
  const ids = new Set(docs.map(({ _id }) => _id));
  return candidates.filter(({ _id }) => ids.has(_id));
}

async function readCells({ cells }: FoldModels, ids: readonly string[]): Promise<Map<string, CellDoc>> {
  const docs = await cells
    .find({ _id: { $in: [...ids] } })
    .lean<CellDoc[]>()
    .exec();
  return new Map(docs.map((doc) => [doc._id, doc]));
}

function waitingOf(pending: readonly DeltaDoc[]): Map<string, Waiting> {
  const waiting = new Map<string, Waiting>();
  for (const { _id: deltaId, accountId, cells = [] } of pending) {
    for (const { emailId, hourStartMs, counts } of cells) {
      const _id = cellIdOf({ accountId, emailId, hourStartMs });
      const waits = waiting.get(_id) ?? { cell: { _id, accountId, emailId, hourStartMs }, deltas: new Map() };
      waits.deltas.set(deltaId, counts);
      waiting.set(_id, waits);
    }
  }
  return waiting;
}

/** Brings the waiting deltas into a cell; false when someone else changed it first. */
async function foldCell(
  models: FoldModels,
  { cell, deltas }: Waiting,
  now: CellDoc | undefined,
): Promise<boolean> {
  const held = new Set(now?.lastFold);
  const sum: Counts = {};
  for (const [id, counts] of deltas) if (!held.has(id)) addCounts(sum, counts);
  const hasNews = [...deltas.keys()].some((id) => !held.has(id));
  if (!hasNews) return true;

  // What the cell holds and is still pending must stay listed; deltas outside this batch may be among it.
  const lastFold = [...new Set([...(await pendingAmong(models, held)), ...deltas.keys()])];
  if (!now) return insertCell(models, { ...cell, counts: sum, foldSeq: 1, lastFold });
  const $inc = Object.fromEntries(countEntries(sum).map(([name, count]) => [`counts.${name}`, count]));
  const result = await models.cells
    .updateOne({ _id: cell._id, foldSeq: now.foldSeq }, { $inc: { ...$inc, foldSeq: 1 }, $set: { lastFold } })
    .exec();
  return result.modifiedCount === 1;
}

async function pendingAmong({ deltas }: FoldModels, ids: ReadonlySet<string>): Promise<string[]> {
  if (ids.size === 0) return [];
  const filter = { _id: { $in: [...ids] }, pendingSinceMs: { $gt: 0 } };
  const docs = await deltas.find(filter, { _id: 1 }).lean<Pick<DeltaDoc, '_id'>[]>().exec();
  return docs.map(({ _id }) => _id);
}

async function insertCell({ cells }: FoldModels, cell: CellDoc): Promise<boolean> {
  try {
    await cells.create(cell);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

async function finish({ deltas }: FoldModels, ids: readonly string[], nowMs: number): Promise<number> {
  if (ids.length === 0) return 0;
  const expiresAt = new Date(nowMs + foldedRetentionMs);
  await deltas
    .updateMany({ _id: { $in: [...ids] } }, { $set: { expiresAt }, $unset: { cells: 1, pendingSinceMs: 1 } })
    .exec();
  return ids.length;
}
