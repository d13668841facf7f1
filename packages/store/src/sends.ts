import type { AccountId, Event, StatusId } from '@posthorn/contracts';
import { type Connection, type Model, Schema } from 'mongoose';
import type { RefusedEvent } from './events.ts';
import { bagTimeoutMs, type Guard } from './guard.ts';
import { joinWrites, type WriteMany } from './join-writes.ts';
import { mergeSendUpdates, type SendWrite } from './merge-send-updates.ts';
import { rawCollection } from './raw-collection.ts';
import { type SendDoc, type SendRecord, sendRecordOf } from './send-record.ts';
import { type WriteRefusal, writeRefusalsOf } from './write-refusals.ts';

const sendSchema = new Schema<SendDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    emailId: Number,
    lastEventAtMs: Number,
    sent: Schema.Types.Mixed,
    dropped: Schema.Types.Mixed,
    deliveries: Schema.Types.Mixed,
    opens: Schema.Types.Mixed,
    clicks: Schema.Types.Mixed,
  },
  { strict: 'throw', versionKey: false },
);
sendSchema.index({ accountId: 1, lastEventAtMs: 1 });

/** The current state of every send, built from its events alone. `_id` is the statusId. */
export class SendRepository {
  readonly #model: Model<SendDoc>;
  readonly #guard: Guard;
  readonly #applyJoined: WriteMany<Event>;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<SendDoc>('Send', sendSchema, 'sends');
    this.#guard = guard;
    this.#applyJoined = joinWrites((events) => this.#apply(events));
  }

  /**
   * Brings the events into their sends. In any order, any grouping and any number of times the result is the same.
   *
   * Returns the events MongoDB will never take; all others are durable.
   */
  async apply(events: readonly Event[]): Promise<RefusedEvent[]> {
    if (events.length === 0) return [];
    const refusals = await this.#guard('sends.apply', () => this.#applyJoined(events), bagTimeoutMs);
    return refusals.flatMap(({ index, reason }) => {
      const event = events[index];
      return event ? [{ id: event.id, reason }] : [];
    });
  }

  /** The send, or null if none of its events was recorded yet. */
  async find(accountId: AccountId, statusId: StatusId): Promise<SendRecord | null> {
    const doc = await this.#guard('sends.find', () =>
      this.#model.findOne({ _id: statusId, accountId }).lean<SendDoc>().exec(),
    );
    return doc && sendRecordOf(doc);
  }

  /**
   * Returns when each send was first delivered to its To recipient, in Unix milliseconds, by statusId; sends without such a
   * record are left out.
   */
  async findDelivered(
    sends: readonly Readonly<{ accountId: AccountId; statusId: StatusId }>[],
  ): Promise<Map<StatusId, number>> {
    if (sends.length === 0) return new Map();
    const filter = {
      _id: { $in: [...new Set(sends.map(({ statusId }) => statusId))] },
      accountId: { $in: [...new Set(sends.map(({ accountId }) => accountId))] },
    };
    const docs = await this.#guard('sends.findDelivered', () =>
      this.#model.find(filter, { 'deliveries.0.delivered.atMs': 1 }).lean<SendDoc[]>().exec(),
    );
    return new Map(
      docs.flatMap(({ _id, deliveries }): [StatusId, number][] => {
        const atMs = deliveries?.['0']?.delivered?.atMs;
        return atMs === undefined ? [] : [[_id, atMs]];
      }),
    );
  }

  /** One write a send; what it is refused for holds for each of its events. */
  async #apply(events: readonly Event[]): Promise<WriteRefusal[]> {
    const writes = mergeSendUpdates(events);
    const refusals = await this.#upsert(writes);
    return refusals.flatMap((refusal) => {
      const refused = new Set(writes[refusal.index]?.events);
      return events.flatMap((event, index) => (refused.has(event) ? [{ ...refusal, index }] : []));
    });
  }

  /** Two writers may both find a send missing, and one insert is refused; by then it exists, so a repeat works. */
  async #upsert(writes: readonly SendWrite[]): Promise<WriteRefusal[]> {
    const refusals = await this.#bulkWrite(writes);
    if (!refusals.some(({ isDuplicate }) => isDuplicate)) return refusals;
    return this.#bulkWrite(writes);
  }

  async #bulkWrite(writes: readonly SendWrite[]): Promise<WriteRefusal[]> {
    const operations = writes.flatMap(upsertOf);
    try {
      await rawCollection(this.#model).bulkWrite(operations, { ordered: false });
      return [];
    } catch (error) {
      return writeRefusalsOf(error);
    }
  }
}

function upsertOf({ events: [event], update }: SendWrite) {
  if (!event) return [];
  const used = Object.entries(update).filter(([, fields]) => Object.keys(fields).length > 0);
  const filter = { _id: event.statusId, accountId: event.accountId };
  return [{ updateOne: { filter, update: Object.fromEntries(used), upsert: true } }];
}
