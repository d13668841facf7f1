import { type AccountId, type EmailId, Event, type EventType, type StatusId } from '@posthorn/contracts';
import { type Connection, type Model, Schema } from 'mongoose';
import { type WriteRefusal, writeRefusalsOf } from './duplicate-key.ts';
import { type EventCursor, eventPageFilter, nextEventCursor } from './event-page.ts';
import type { Guard } from './guard.ts';
import { rawCollection } from './raw-collection.ts';

/** An event that MongoDB will never take, for example because it is too large. */
export type RefusedEvent = Readonly<{ id: string; reason: string }>;

export type Appended = Readonly<{
  /** Events that this bag was the first to insert, now or in an earlier run of it. */
  owned: Event[];
  refused: RefusedEvent[];
}>;

/** Which of an account's events to list; times are inclusive (facts: HubSpot events API). */
export type EventQuery = Readonly<{
  accountId: AccountId;
  emailId?: EmailId;
  type?: EventType;
  fromMs?: number;
  toMs?: number;
  limit: number;
  /** `nextCursor` of the page before. */
  after?: EventCursor;
}>;

/** An event as it is stored: its id as `_id`, and the bag that inserted it. */
type EventDoc = { _id: string; bag: string; accountId: number; statusId: string; type: string; atMs: number };

const eventSchema = new Schema<EventDoc>(
  {
    _id: { type: String, required: true },
    bag: { type: String, required: true },
    accountId: { type: Number, required: true },
    statusId: { type: String, required: true },
    type: { type: String, required: true },
    atMs: { type: Number, required: true },
  },
  // The other fields are those of the event's type: the contract has checked them, and they are read back by it.
  { strict: false, versionKey: false },
);
eventSchema.index({ accountId: 1, statusId: 1 });
eventSchema.index({ accountId: 1, emailId: 1, type: 1, atMs: 1 });
eventSchema.index({ accountId: 1, atMs: 1, _id: 1 });

/** What happened to every send. Append-only. */
export class EventRepository {
  readonly #model: Model<EventDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<EventDoc>('Event', eventSchema, 'events');
    this.#guard = guard;
  }

  /**
   * Inserts the events of one bag and says which of them belong to it.
   *
   * An event whose id is there already is left as it is. Run again with the same bag, whatever was written before, it
   * returns the same owned events: what is derived from them can then be made once per bag.
   */
  async append(bagId: string, events: readonly Event[]): Promise<Appended> {
    const byId = new Map(events.map((event) => [event.id, event]));
    const distinct = [...byId.values()];
    if (distinct.length === 0) return { owned: [], refused: [] };

    const refusals = await this.#guard('events.append', () => this.#insert(bagId, distinct));
    const duplicates = distinct.filter((_, index) => refusals.get(index)?.isDuplicate);
    const others = duplicates.length ? await this.#ownedByOthers(bagId, duplicates) : new Set<string>();
    return {
      owned: distinct.filter(
        ({ id }, index) => (refusals.get(index)?.isDuplicate ?? true) && !others.has(id),
      ),
      refused: distinct.flatMap(({ id }, index) => refusedOf(id, refusals.get(index))),
    };
  }

  /** Everything that happened to one send, oldest first; at most 1,000. */
  async listBySend(accountId: AccountId, statusId: StatusId): Promise<Event[]> {
    const docs = await this.#guard('events.listBySend', () =>
      rawCollection(this.#model)
        .find({ accountId, statusId })
        .sort({ accountId: 1, statusId: 1 })
        .limit(1_000)
        .toArray(),
    );
    return docs.map(eventOf).sort((a, b) => a.atMs - b.atMs || compareText(a.id, b.id));
  }

  /** One page of an account's events, newest first; `nextCursor` is absent on the last. */
  async list(query: EventQuery): Promise<{ events: Event[]; nextCursor?: EventCursor }> {
    const docs = await this.#guard('events.list', () =>
      rawCollection(this.#model)
        .find(eventPageFilter(query))
        .sort({ atMs: -1, _id: -1 })
        .limit(query.limit + 1)
        .toArray(),
    );
    const events = docs.slice(0, query.limit).map(eventOf);
    const last = docs.length > query.limit ? events.at(-1) : undefined;
    return { events, ...(last ? { nextCursor: nextEventCursor(last) } : {}) };
  }

  /** The refusals of an unordered insert, by the event's index. */
  async #insert(bagId: string, events: readonly Event[]): Promise<Map<number, WriteRefusal>> {
    const docs = events.map(({ id, ...event }) => ({ _id: id, bag: bagId, ...event }));
    try {
      await rawCollection(this.#model).insertMany(docs, { ordered: false });
      return new Map();
    } catch (error) {
      if (isUnencodable(error)) return this.#insertEach(bagId, events, error);
      return new Map(writeRefusalsOf(error).map((refusal) => [refusal.index, refusal]));
    }
  }

  /** One by one, where the driver could not encode the whole: it names no culprit (`MongoInvalidArgumentError`, BSON). */
  async #insertEach(
    bagId: string,
    events: readonly Event[],
    cause: unknown,
  ): Promise<Map<number, WriteRefusal>> {
    const [only, ...rest] = events;
    if (only && rest.length === 0) return new Map([[0, unencodable(cause)]]);
    const refusals = new Map<number, WriteRefusal>();
    for (const [index, event] of events.entries()) {
      const refusal = (await this.#insert(bagId, [event])).get(0);
      if (refusal) refusals.set(index, { ...refusal, index });
    }
    return refusals;
  }

  async #ownedByOthers(bagId: string, events: readonly Event[]): Promise<Set<string>> {
    const filter = { _id: { $in: events.map(({ id }) => id) }, bag: { $ne: bagId } };
    const docs = await this.#guard('events.ownedByOthers', () =>
      rawCollection(this.#model)
        .find(filter, { projection: { _id: 1 } })
        .toArray(),
    );
    return new Set(docs.map(({ _id }) => String(_id)));
  }
}

function unencodable(cause: unknown): WriteRefusal {
  const name = cause instanceof Error ? cause.name : 'unknown';
  return { index: 0, isDuplicate: false, reason: `It cannot be encoded for MongoDB (${name})` };
}

/** Whether the driver refused to send the documents, before any server saw them. */
function isUnencodable(error: unknown): boolean {
  const names = [
    'BSONError',
    'BSONVersionError',
    'BSONRuntimeError',
    'MongoInvalidArgumentError',
    'RangeError',
  ];
  return error instanceof Error && names.includes(error.name);
}

function refusedOf(id: string, refusal: WriteRefusal | undefined): RefusedEvent[] {
  return refusal && !refusal.isDuplicate ? [{ id, reason: refusal.reason }] : [];
}

/** The stored document as the contract's event; what the contract does not know, such as the bag, is dropped. */
export function eventOf({ _id, ...doc }: Readonly<Record<string, unknown>>): Event {
  return Event.parse({ id: _id, ...doc });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
