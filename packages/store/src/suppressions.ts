import type { AccountId, Event } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import { normalizeContactEmail } from './contacts.ts';
import { bagTimeoutMs, type Guard } from './guard.ts';
import { rawCollection } from './raw-collection.ts';
import { type Suppression, type SuppressionOrigin, suppressionOf } from './suppression-of-event.ts';
import { writeRefusalsOf } from './write-refusals.ts';

/** What one reason says: MongoDB compares such documents field by field, time first. */
type ReasonDoc = Readonly<{
  atMs: number;
  eventId: string;
  statusId: string;
  status: string;
  reason: string;
}>;

type SuppressionDoc = Partial<Record<SuppressionOrigin, ReasonDoc>> & {
  /** `<accountId>:<normalized address>` */
  _id: string;
  accountId: number;
  email: string;
  isActive: boolean;
  /** When it was last taken off the list: reasons older than that are not taken again. */
  removedAtMs?: number;
};

/** An address on the list and every reason for it. */
export type SuppressedAddress = Readonly<{
  email: string;
  /** The latest of each origin, as many as there are; texts that were not given are empty. */
  origins: Readonly<Partial<Record<SuppressionOrigin, ReasonDoc>>>;
}>;

export type SuppressionQuery = Readonly<{
  accountId: AccountId;
  limit: number;
  origin?: SuppressionOrigin;
  /** `nextCursor` of the page before. */
  after?: string;
}>;

const reason = { type: Schema.Types.Mixed };

const suppressionSchema = new Schema<SuppressionDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    email: { type: String, required: true },
    isActive: { type: Boolean, required: true },
    removedAtMs: Number,
    bounce: reason,
    complaint: reason,
    manual: reason,
  },
  { strict: 'throw', versionKey: false },
);
suppressionSchema.index({ accountId: 1, isActive: 1, email: 1 });

const origins: readonly SuppressionOrigin[] = ['bounce', 'complaint', 'manual'];

/** The addresses that an account should not write to, and why. One document an address, told apart as contacts are. */
export class SuppressionRepository {
  readonly #model: Model<SuppressionDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<SuppressionDoc>('Suppression', suppressionSchema, 'suppressions');
    this.#guard = guard;
  }

  /** Brings in what events say; most say nothing, and cost nothing. In any order and any number of times the same. */
  async apply(events: readonly Event[]): Promise<void> {
    await this.addMany(events.flatMap((event) => suppressionOf(event) ?? []));
  }

  /** Adds reasons. One from before the address was last removed is passed over, so that a removal stays one. */
  async addMany(suppressions: readonly Suppression[]): Promise<void> {
    if (suppressions.length === 0) return;
    const operations = suppressions.map((one) => ({ updateOne: additionOf(one) }));
    await this.#guard('suppressions.addMany', () => this.#write(operations), bagTimeoutMs);
  }

  /** Takes an address off the list, with all its reasons. False if it is not on it. */
  async remove(accountId: AccountId, email: string, atMs: number): Promise<boolean> {
    const result = await this.#guard('suppressions.remove', () =>
      this.#model
        .updateOne(
          { _id: idOf(accountId, email), accountId, isActive: true },
          {
            $set: { isActive: false },
            $max: { removedAtMs: atMs },
            $unset: Object.fromEntries(origins.map((origin) => [origin, ''])),
          },
        )
        .exec(),
    );
    return result.modifiedCount === 1;
  }

  /** Those of the addresses that are on the list, keyed as asked. */
  async findMany(accountId: AccountId, emails: readonly string[]): Promise<Map<string, SuppressedAddress>> {
    const ids = [...new Set(emails.map((email) => idOf(accountId, email)))];
    // Every bag of sends asks this, and hardly any finds something: the driver alone, which casts nothing.
    const docs = await this.#guard('suppressions.findMany', () =>
      rawCollection<SuppressionDoc>(this.#model)
        .find<SuppressionDoc>({ _id: { $in: ids }, isActive: true })
        .toArray(),
    );
    const byId = new Map(docs.map((doc) => [doc._id, suppressedOf(doc)]));
    return new Map(
      emails.flatMap((email) => {
        const found = byId.get(idOf(accountId, email));
        return found ? [[email, found] as const] : [];
      }),
    );
  }

  /** One page by address; `nextCursor` is absent on the last. Throws `invalid_request` for a cursor of another list. */
  async list({ accountId, limit, origin, after }: SuppressionQuery): Promise<{
    suppressions: SuppressedAddress[];
    nextCursor?: string;
  }> {
    const docs = await this.#guard('suppressions.list', () =>
      this.#model
        .find({
          accountId,
          isActive: true,
          ...(origin && { [origin]: { $exists: true } }),
          ...(after !== undefined && { email: { $gt: readCursor(after) } }),
        })
        .sort({ email: 1 })
        .limit(limit + 1)
        .lean<SuppressionDoc[]>()
        .exec(),
    );
    const suppressions = docs.slice(0, limit).map(suppressedOf);
    const last = docs.length > limit ? suppressions.at(-1) : undefined;
    return {
      suppressions,
      ...(last && { nextCursor: Buffer.from(last.email).toString('base64url') }),
    };
  }

  /**
   * A refused duplicate is either two writers who both found the address missing, which a repeat mends, or a reason
   * that the filter passed over because the address was removed since, which is refused again and meant to be.
   */
  async #write(operations: readonly { updateOne: ReturnType<typeof additionOf> }[]): Promise<void> {
    const collection = rawCollection(this.#model);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        await collection.bulkWrite([...operations], { ordered: false });
        return;
      } catch (error) {
        if (!writeRefusalsOf(error).every(({ isDuplicate }) => isDuplicate)) throw error;
      }
    }
  }
}

/** `$max` of a document that begins with its time: of several reasons of one origin the latest stays. */
function additionOf({ accountId, email, origin, ...said }: Suppression) {
  const { atMs, eventId = '', statusId = '', status = '', reason: text = '' } = said;
  return {
    filter: {
      _id: idOf(accountId, email),
      accountId,
      $or: [{ removedAtMs: { $exists: false } }, { removedAtMs: { $lt: atMs } }],
    },
    update: {
      $set: { isActive: true, email: normalizeContactEmail(email) },
      $max: { [origin]: { atMs, eventId, statusId, status, reason: text } },
    },
    upsert: true,
  };
}

function idOf(accountId: AccountId, email: string): string {
  return `${accountId}:${normalizeContactEmail(email)}`;
}

function suppressedOf({ email, bounce, complaint, manual }: SuppressionDoc): SuppressedAddress {
  const found = { ...(bounce && { bounce }), ...(complaint && { complaint }), ...(manual && { manual }) };
  return { email, origins: found };
}

function readCursor(cursor: string): string {
  const email = Buffer.from(cursor, 'base64url').toString();
  if (email.includes('@')) return email;
  throw new Fault('invalid_request', 'The paging cursor `after` is not one of this list.');
}
