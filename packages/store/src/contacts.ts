import type { AccountId } from '@posthorn/contracts';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { joinWrites, type WriteMany } from './join-writes.ts';
import { decodePropertyKey, encodePropertyKey } from './property-key.ts';
import { rawCollection } from './raw-collection.ts';
import { type WriteRefusal, writeRefusalsOf } from './write-refusals.ts';

/** Properties that a send brought for its recipient. */
export type ContactProperties = Readonly<{
  accountId: AccountId;
  email: string;
  properties: Readonly<Record<string, string>>;
  /** When the send was accepted: of two values for one property the later stays, whatever order they arrive in. */
  atMs: number;
}>;

/** A property's value and when it was given; MongoDB compares such documents field by field, time first. */
type StampedValue = { atMs: number; value: string };

type ContactDoc = {
  /** `<accountId>:<normalized address>` */
  _id: string;
  accountId: number;
  email: string;
  createdAtMs: number;
  updatedAtMs: number;
  properties: Record<string, StampedValue>;
};

const contactSchema = new Schema<ContactDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    email: { type: String, required: true },
    createdAtMs: Number,
    updatedAtMs: Number,
    properties: { type: Schema.Types.Mixed },
  },
  { strict: 'throw', versionKey: false },
);
contactSchema.index({ accountId: 1, createdAtMs: 1 });

/** The people an account writes to, and their properties. One document a normalized address. */
export class ContactRepository {
  readonly #model: Model<ContactDoc>;
  readonly #guard: Guard;
  readonly #upsertJoined: WriteMany<ContactProperties>;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<ContactDoc>('Contact', contactSchema, 'contacts');
    this.#guard = guard;
    this.#upsertJoined = joinWrites((writes) => this.#upsert(writes));
  }

  /** The stored properties by address, keyed as asked; addresses without a contact are absent. */
  async findMany(
    accountId: AccountId,
    emails: readonly string[],
  ): Promise<Map<string, Record<string, string>>> {
    const idOf = new Map(emails.map((email) => [email, contactIdOf(accountId, email)]));
    const docs = await this.#guard('contacts.findMany', () =>
      this.#model
        .find({ _id: { $in: [...new Set(idOf.values())] }, accountId })
        .lean<ContactDoc[]>()
        .exec(),
    );
    const byId = new Map(docs.map((doc) => [doc._id, propertiesOf(doc)]));
    return new Map([...idOf].flatMap(([email, id]) => pairIfFound(email, byId.get(id))));
  }

  /**
   * Merges properties into contacts and makes those that are new. In any order and any number of times the result is
   * the same.
   */
  async upsertMany(writes: readonly ContactProperties[]): Promise<void> {
    if (writes.length === 0) return;
    await this.#guard('contacts.upsertMany', () => this.#upsertJoined(writes));
  }

  /** Throws where one is refused for good, which no refusal of a single contact explains. */
  async #upsert(writes: readonly ContactProperties[]): Promise<WriteRefusal[]> {
    const operations = writes.map((write) => ({ updateOne: upsertOf(write) }));
    try {
      await rawCollection(this.#model).bulkWrite(operations, { ordered: false });
    } catch (error) {
      // Two writers may both find a contact missing and one insert is refused; by now it exists, so merging works.
      if (!writeRefusalsOf(error).every((refusal) => refusal.isDuplicate)) throw error;
      await rawCollection(this.#model).bulkWrite(operations, { ordered: false });
    }
    return [];
  }
}

/** The address as contacts are told apart: domain in lower case, local part as it is (RFC 5321, section 2.4). */
export function normalizeContactEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return email.slice(0, at + 1) + email.slice(at + 1).toLowerCase();
}

function contactIdOf(accountId: AccountId, email: string): string {
  return `${accountId}:${normalizeContactEmail(email)}`;
}

function upsertOf({ accountId, email, properties, atMs }: ContactProperties) {
  const stamped = Object.entries(properties).map(([name, value]) => [
    `properties.${encodePropertyKey(name)}`,
    { atMs, value },
  ]);
  return {
    filter: { _id: contactIdOf(accountId, email), accountId },
    update: {
      $setOnInsert: { email: normalizeContactEmail(email) },
      $min: { createdAtMs: atMs },
      $max: { updatedAtMs: atMs, ...Object.fromEntries(stamped) },
    },
    upsert: true,
  };
}

function propertiesOf({ properties = {} }: ContactDoc): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, { value }]) => [decodePropertyKey(key), value]),
  );
}

function pairIfFound<T>(key: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[key, value]];
}
