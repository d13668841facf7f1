import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type AccountId,
  Conversation,
  type ConversationLine,
  conversationLines,
  type Event,
  type StatusId,
} from '@posthorn/contracts';
import { type Connection, type Model, mongo, Schema } from 'mongoose';
import { z } from 'zod';
import { type EventDoc, eventModelOf } from './event-model.ts';
import { bagTimeoutMs, type Guard } from './guard.ts';
import { rawCollection } from './raw-collection.ts';
import { isDuplicateKey } from './write-refusals.ts';

type ConversationsDoc = {
  /** The bag of events that brought them. */
  _id: string;
  expiresAt: Date;
  /** zstd of the JSON `{ [event's id]: its `Conversation` }`. */
  packed: Buffer;
};

const conversationsSchema = new Schema<ConversationsDoc>(
  {
    _id: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    packed: { type: Buffer, required: true },
  },
  { strict: 'throw', versionKey: false },
);
// The date says all: so a change of how long they are kept needs no new index, and holds for what comes after it.
conversationsSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** Attempts of one send whose conversations are read, the latest; more than any schedule of retries makes. */
const attemptsMax = 200;
/** Far above what a bag can hold. */
const unpackedBytesMax = 64 * 1024 * 1024;

/**
 * What was said in each attempt, for a limited time: one document a bag of events, so that keeping them costs one small
 * write for a hundred attempts. An event names its bag (`EventDoc.bag`).
 */
export class ConversationRepository {
  readonly #model: Model<ConversationsDoc>;
  readonly #events: Model<EventDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<ConversationsDoc>('Conversations', conversationsSchema, 'conversations');
    this.#events = eventModelOf(connection);
    this.#guard = guard;
  }

  /**
   * Keeps the conversations of the bag's events until `expiresAtMs`; a bag whose events have none costs nothing. What
   * was kept of the bag before stays as it is.
   */
  async keep(bagId: string, events: readonly Event[], expiresAtMs: number): Promise<void> {
    const said = events.flatMap((event) =>
      'conversation' in event && event.conversation ? [[event.id, event.conversation] as const] : [],
    );
    if (said.length === 0) return;
    const packed = pack(Object.fromEntries(said));
    const doc = { _id: bagId, expiresAt: new Date(expiresAtMs), packed: new mongo.Binary(packed) };
    await this.#guard('conversations.keep', () => this.#insert(doc), bagTimeoutMs);
  }

  /** What was said in the attempts at one send, by event; those without are not in it. */
  async listBySend(
    accountId: AccountId,
    statusId: StatusId,
  ): Promise<ReadonlyMap<string, readonly ConversationLine[]>> {
    const events = await this.#guard('conversations.listBySend', () =>
      rawCollection(this.#events)
        .find({ accountId, statusId, bag: { $exists: true } }, { projection: { _id: 1, bag: 1 } })
        .sort({ atMs: -1 })
        .limit(attemptsMax)
        .toArray(),
    );
    const bagIds = new Set(events.flatMap(({ bag }) => (typeof bag === 'string' ? [bag] : [])));
    const said = new Map<string, readonly ConversationLine[]>();
    for (const bagId of bagIds) {
      const known = events.filter(({ bag }) => bag === bagId).map(({ _id }) => _id);
      for (const [id, lines] of await this.#readBag(bagId, known)) said.set(id, lines);
    }
    return said;
  }

  async #insert(doc: { _id: string; expiresAt: Date; packed: mongo.Binary }): Promise<void> {
    try {
      await rawCollection(this.#model).insertOne(doc);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async #readBag(
    bagId: string,
    eventIds: readonly string[],
  ): Promise<[id: string, lines: ConversationLine[]][]> {
    const doc = await this.#guard('conversations.readBag', () =>
      rawCollection(this.#model).findOne({ _id: bagId }),
    );
    const packed = doc?.['packed'];
    if (!(packed instanceof mongo.Binary)) return [];
    const bag = unpack(packed.value());
    return eventIds.flatMap((id) => {
      const said = Conversation.safeParse(bag[id]).data;
      return said === undefined ? [] : [[id, conversationLines(said)]];
    });
  }
}

/** In place: a bag's conversations take less than a thread pool's round trip. */
function pack(bag: Readonly<Record<string, Conversation>>): Buffer {
  return zstdCompressSync(JSON.stringify(bag), { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

const Bag = z.record(z.string(), z.unknown());

function unpack(packed: Uint8Array): z.infer<typeof Bag> {
  const json = zstdDecompressSync(packed, { maxOutputLength: unpackedBytesMax }).toString();
  return Bag.parse(JSON.parse(json));
}
