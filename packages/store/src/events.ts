import { type AccountId, type EmailId, Event, type EventType, type StatusId } from '@posthorn/contracts';
import type { Connection, Model } from 'mongoose';
import { type EventDoc, eventModelOf } from './event-model.ts';
import { type EventCursor, eventPageFilter, nextEventCursor } from './event-page.ts';
import { bagTimeoutMs, type Guard } from './guard.ts';
import { joinWrites, type WriteMany } from './join-writes.ts';
import { type RawDoc, rawCollection } from './raw-collection.ts';
import { type WriteRefusal, writeRefusalsOf } from './write-refusals.ts';

/** An event that MongoDB will never take, for example because it is too large. */
export type RefusedEvent = Readonly<{ id: string; reason: string }>;

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

/** What happened to every send. Append-only. */
export class EventRepository {
  readonly #model: Model<EventDoc>;
  readonly #guard: Guard;
  readonly #insertJoined: WriteMany<RawDoc>;

  constructor(connection: Connection, guard: Guard) {
    this.#model = eventModelOf(connection);
    this.#guard = guard;
    this.#insertJoined = joinWrites((docs) => this.#insert(docs));
  }

  /**
   * Inserts events, uncounted as yet. An event whose id is there already is left as it is, so a second call changes
   * nothing. Returns the events MongoDB will never take; all others are durable. Of an attempt's conversation only the
   * bag is stored, under which `conversations` keeps it.
   */
  async append(events: readonly Event[], bagId?: string): Promise<RefusedEvent[]> {
    if (events.length === 0) return [];
    const docs = events.map((event) => docOf(event, bagId));
    const refusals = await this.#guard('events.append', () => this.#insertJoined(docs), bagTimeoutMs);
    return refusals.flatMap(({ index, isDuplicate, reason }) => {
      const event = isDuplicate ? undefined : events[index];
      return event ? [{ id: event.id, reason }] : [];
    });
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

  async #insert(docs: readonly RawDoc[]): Promise<WriteRefusal[]> {
    try {
      await rawCollection(this.#model).insertMany(docs, { ordered: false });
      return [];
    } catch (error) {
      return isUnencodable(error) ? this.#insertEach(docs, error) : writeRefusalsOf(error);
    }
  }

  /** One by one, where the driver could not encode the whole: it names no culprit. */
  async #insertEach(docs: readonly RawDoc[], cause: unknown): Promise<WriteRefusal[]> {
    if (docs.length === 1) return [unencodable(cause)];
    const refusals: WriteRefusal[] = [];
    for (const [index, doc] of docs.entries()) {
      const [refusal] = await this.#insert([doc]);
      if (refusal) refusals.push({ ...refusal, index });
    }
    return refusals;
  }
}

function docOf(event: Event, bag: string | undefined): RawDoc {
  if (!('conversation' in event)) return storedOf(event);
  const { conversation, ...rest } = event;
  return { ...storedOf(rest), ...(conversation && bag !== undefined && { bag }) };
}

function storedOf({ id, ...event }: Event): RawDoc {
  return { _id: id, ...event, uncountedOf: event.accountId };
}

function unencodable(cause: unknown): WriteRefusal {
  const name = cause instanceof Error ? cause.name : 'unknown';
  return { index: 0, isDuplicate: false, reason: `It cannot be encoded for MongoDB (${name})` };
}

/** Whether the driver refused to send the documents, before any server saw them (too large, or not BSON). */
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

/** The stored document as the contract's event; what the contract does not know is dropped. */
export function eventOf({ _id, ...doc }: Readonly<Record<string, unknown>>): Event {
  return Event.parse({ id: _id, ...doc });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
