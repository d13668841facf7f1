import { type Connection, type Model, Schema } from 'mongoose';
import type { Cell, CountableEvent, Counts } from './counter-cells.ts';
import { type EventDoc, eventModelOf } from './event-model.ts';
import { type FirstHitDoc, firstHitModelOf } from './first-hits.ts';

/**
 * One hour of one email, as far as it is folded. `_id` is `cellIdOf`.
 *
 * Invariant, kept by `foldCounters`: an event that still waits (`uncountedOf`) is contained in `counts` if and only
 * if its id is in `lastFold`. `foldSeq` goes up with every change, so that a change made on an old view is refused.
 * The ids are rewritten with each fold, not with each event: folds take hundreds at a time.
 */
export type CellDoc = Cell & { _id: string; counts: Counts; foldSeq: number; lastFold: string[] };

export type CounterModels = Readonly<{
  events: Model<EventDoc>;
  firstHits: Model<FirstHitDoc>;
  cells: Model<CellDoc>;
}>;

const cellSchema = new Schema<CellDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    emailId: { type: Number, required: true },
    hourStartMs: { type: Number, required: true },
    counts: { type: Schema.Types.Mixed, required: true },
    foldSeq: { type: Number, required: true },
    lastFold: { type: [String], required: true },
  },
  { strict: 'throw', versionKey: false },
);
cellSchema.index({ accountId: 1, emailId: 1, hourStartMs: 1 });
cellSchema.index({ accountId: 1, hourStartMs: 1 });

/** The collections that counting reads and writes. */
export function counterModelsOf(connection: Connection): CounterModels {
  return {
    events: eventModelOf(connection),
    firstHits: firstHitModelOf(connection),
    cells: connection.model<CellDoc>('CounterCell', cellSchema, 'counters'),
  };
}

/** What counting needs of an event, and nothing else of it. */
export const countableFields = {
  accountId: 1,
  emailId: 1,
  statusId: 1,
  type: 1,
  atMs: 1,
  deliveryId: 1,
  verdict: 1,
  dropReason: 1,
  category: 1,
  hard: 1,
  outcome: 1,
  portalSubscriptionStatus: 1,
} as const;

export function countableOf({ _id, ...event }: EventDoc): CountableEvent {
  return { id: _id, ...event };
}
