import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { CountableEvent } from './counter-cells.ts';

/** An event as it is stored: its id as `_id`, and whether the counters hold it. */
export type EventDoc = Omit<CountableEvent, 'id'> & {
  _id: string;
  /**
   * The account's id until the counters hold the event, then absent. Written in the same insert as the event itself,
   * so no crash can part the two. Sparse in its index: what waits is found without a look at what does not.
   */
  uncountedOf?: number;
  /** The bag under which `conversations` keeps what was said in this attempt. */
  bag?: string;
};

const eventSchema = new Schema<EventDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    statusId: { type: String, required: true },
    emailId: { type: Number, required: true },
    type: { type: String, required: true },
    atMs: { type: Number, required: true },
    uncountedOf: Number,
    bag: String,
  },
  // The other fields are those of the event's type: the contract has checked them, and they are read back by it.
  { strict: false, versionKey: false },
);
eventSchema.index({ accountId: 1, statusId: 1 });
eventSchema.index({ accountId: 1, emailId: 1, type: 1, atMs: 1 });
eventSchema.index({ accountId: 1, atMs: 1, _id: 1 });
eventSchema.index({ uncountedOf: 1 }, { sparse: true });

/** The model of the events, one for each connection: the events' own repository and the counters share it. */
export function eventModelOf(connection: Connection): Model<EventDoc> {
  return connection.models['Event'] ?? connection.model<EventDoc>('Event', eventSchema, 'events');
}
