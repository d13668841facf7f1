import type { AccountId } from '@posthorn/contracts';
import { Schema } from 'mongoose';
import type { Cell, Counts } from './counter-cells.ts';

/**
 * What one bag adds to one account's cells. Made once a bag: its `_id` holds the bag's, so a re-run adds nothing.
 *
 * Pending until every cell has taken it; then `cells` and `pendingSinceMs` go and the rest stays until `expiresAt`, to
 * refuse a late re-run of the bag.
 */
export type DeltaDoc = {
  /** `<bagId>:<accountId>` */
  _id: string;
  accountId: number;
  pendingSinceMs?: number;
  cells?: { emailId: number; hourStartMs: number; counts: Counts }[];
  expiresAt?: Date;
};

/**
 * One hour of one email, as far as it is folded.
 *
 * Invariant, kept by `foldCounters`: a pending delta that touches this cell is contained in `counts` if and only if
 * its id is in `lastFold`. `foldSeq` goes up with every change, so that a change made on an old view is refused.
 */
export type CellDoc = Cell & { _id: string; counts: Counts; foldSeq: number; lastFold: string[] };

/** How long a folded bag is remembered. A bag that is run again lives at most hours: its lock in Redis lasts seconds. */
export const foldedRetentionMs = 7 * 24 * 3_600_000;

export const deltaSchema = new Schema<DeltaDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    pendingSinceMs: Number,
    cells: Schema.Types.Mixed,
    expiresAt: Date,
  },
  { strict: 'throw', versionKey: false },
);
deltaSchema.index({ accountId: 1, pendingSinceMs: 1 });
// The one index that is not an account's: MongoDB wants a single field for expiry.
deltaSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export const cellSchema = new Schema<CellDoc>(
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

/** The filter for deltas that are not folded yet. */
export function pendingOf(accountId: AccountId) {
  return { accountId, pendingSinceMs: { $gt: 0 } };
}
