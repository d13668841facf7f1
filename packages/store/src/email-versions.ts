import { type AccountId, type EmailId, EmailVersion, type PoolName } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** Names a version. */
export type VersionRef = Readonly<Pick<EmailVersion, 'accountId' | 'emailId' | 'version'>>;

type EmailVersionDoc = EmailVersion & { _id: string };

const text = { type: String, default: '' };

const emailVersionSchema = new Schema<EmailVersionDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    emailId: { type: Number, required: true },
    version: { type: Number, required: true },
    publishedAtMs: { type: Number, required: true },
    name: text,
    subject: text,
    previewText: text,
    fromName: text,
    fromAddress: text,
    replyTo: String,
    html: text,
    text,
    links: [{ _id: false, index: Number, target: String, isDynamic: Boolean, isTracked: Boolean }],
    contactProperties: [String],
    pool: String,
  },
  { strict: 'throw', versionKey: false },
);
emailVersionSchema.index({ accountId: 1, emailId: 1, version: 1 });
// Few name one: for the question what a pool is still needed for.
emailVersionSchema.index({ pool: 1 }, { sparse: true });

/** Published emails, compiled. Append-only: a version never changes, so it may be cached for ever. */
export class EmailVersionRepository {
  readonly #model: Model<EmailVersionDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<EmailVersionDoc>('EmailVersion', emailVersionSchema, 'emailVersions');
    this.#guard = guard;
  }

  /** Stores a version under a number from `emails.allocateVersion`. Throws `conflict` when that number is taken. */
  async insert(version: EmailVersion): Promise<void> {
    const _id = idOf(version.emailId, version.version);
    try {
      await this.#guard('emailVersions.insert', () => this.#model.create({ ...version, _id }));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'This version exists already.') : error;
    }
  }

  /** The version, whether or not it is the published one now, or null. */
  async find(accountId: AccountId, emailId: EmailId, version: number): Promise<EmailVersion | null> {
    const doc = await this.#guard('emailVersions.find', () =>
      this.#model
        .findOne({ _id: idOf(emailId, version), accountId })
        .lean<EmailVersionDoc>()
        .exec(),
    );
    return doc && EmailVersion.parse(doc);
  }

  /** The versions, published now or not, that name a pool; the newest first, at most `limit`. */
  async listInPool(pool: PoolName, limit: number): Promise<VersionRef[]> {
    const docs = await this.#guard('emailVersions.listInPool', () =>
      this.#model
        .find({ pool }, { accountId: 1, emailId: 1, version: 1 })
        .sort({ version: -1 })
        .limit(limit)
        .lean<VersionRef[]>()
        .exec(),
    );
    return docs.map(({ accountId, emailId, version }) => ({ accountId, emailId, version }));
  }

  /** The pools that versions of the account name, published now or not; in no order. */
  async listPools(accountId: AccountId): Promise<PoolName[]> {
    return this.#guard('emailVersions.listPools', () =>
      this.#model.distinct('pool', { accountId, pool: { $exists: true } }).exec(),
    );
  }
}

function idOf(emailId: EmailId, version: number): string {
  return `${emailId}:${version}`;
}
