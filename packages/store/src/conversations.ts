import { randomUUID } from 'node:crypto';
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
import { joinWrites, type WriteMany } from './join-writes.ts';
import { rawCollection } from './raw-collection.ts';
import { isDuplicateKey } from './write-refusals.ts';

type ConversationsDoc = {
  /** The bag of events that brought them, or a name of its own where `packed` holds those of several bags. */
  _id: string;
  expiresAt: Date;
  /** zstd of the JSON `{ [event's id]: its `Conversation` }`. */
  packed?: Buffer | mongo.Binary;
  /** The document that holds what this bag brought, since it was packed with what others brought. */
  packedIn?: string;
};

/** What one bag brings. */
type SaidInBag = Readonly<{
  bagId: string;
  said: readonly (readonly [eventId: string, conversation: Conversation])[];
  expiresAtMs: number;
}>;

const conversationsSchema = new Schema<ConversationsDoc>(
  {
    _id: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    packed: Buffer,
    packedIn: String,
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
 * What was said in each attempt, for a limited time: one document a bag of events or for several that come together, so that
 * keeping them costs one small write for a hundred attempts. An event names its bag (`EventDoc.bag`).
 */
export class ConversationRepository {
  readonly #model: Model<ConversationsDoc>;
  readonly #events: Model<EventDoc>;
  readonly #guard: Guard;
  /** Packing costs more by the bag than by the conversation, so bags that come together are packed together. */
  readonly #write: WriteMany<SaidInBag>;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<ConversationsDoc>('Conversations', conversationsSchema, 'conversations');
    this.#events = eventModelOf(connection);
    this.#guard = guard;
    this.#write = joinWrites((bags) =>
      this.#guard('conversations.keep', () => this.#insert(docsOf(bags)), bagTimeoutMs),
    );
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
    await this.#write([{ bagId, said, expiresAtMs }]);
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

  /** Nothing is refused one by one: what is there already is as good. */
  async #insert(docs: ConversationsDoc[]): Promise<[]> {
    try {
      await rawCollection(this.#model).insertMany(docs, { ordered: false });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    return [];
  }

  async #readBag(
    bagId: string,
    eventIds: readonly string[],
  ): Promise<[id: string, lines: ConversationLine[]][]> {
    const find = (_id: string) =>
      this.#guard('conversations.readBag', () => rawCollection(this.#model).findOne({ _id }));
    const own = await find(bagId);
    const packedIn: unknown = own?.['packedIn'];
    const packed: unknown = (typeof packedIn === 'string' ? await find(packedIn) : own)?.['packed'];
    if (!(packed instanceof mongo.Binary)) return [];
    const bag = unpack(packed.value());
    return eventIds.flatMap((id) => {
      const said = Conversation.safeParse(bag[id]).data;
      return said === undefined ? [] : [[id, conversationLines(said)]];
    });
  }
}

/** What holds the conversations comes before what names it, so that a crash in between leaves nothing that leads nowhere. */
function docsOf(bags: readonly SaidInBag[]): ConversationsDoc[] {
  const expiresAt = new Date(Math.max(...bags.map(({ expiresAtMs }) => expiresAtMs)));
  const packed = new mongo.Binary(pack(Object.fromEntries(bags.flatMap(({ said }) => said))));
  const [first, ...others] = bags;
  if (first && others.length === 0) return [{ _id: first.bagId, expiresAt, packed }];
  const packedIn = randomUUID();
  return [
    { _id: packedIn, expiresAt, packed },
    ...bags.map(({ bagId }) => ({ _id: bagId, expiresAt, packedIn })),
  ];
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
