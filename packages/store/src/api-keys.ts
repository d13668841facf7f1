import type { AccountId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** An API key as it is kept: its secret only as a keyed digest. */
export type ApiKey = Readonly<{
  id: string;
  accountId: AccountId;
  /** See `digestsFromSecret` in `@posthorn/mail`. */
  digest: string;
  scopes: readonly string[];
  name: string;
  createdAtMs: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
  lastUsedAtMs?: number;
}>;

type ApiKeyDoc = Omit<ApiKey, 'id' | 'scopes'> & { _id: string; scopes: string[] };

const apiKeySchema = new Schema<ApiKeyDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    digest: { type: String, required: true },
    scopes: { type: [String], required: true },
    name: { type: String, required: true },
    createdAtMs: { type: Number, required: true },
    expiresAtMs: Number,
    revokedAtMs: Number,
    lastUsedAtMs: Number,
  },
  { strict: 'throw', versionKey: false },
);
apiKeySchema.index({ accountId: 1, createdAtMs: 1 });

/** The API keys of all accounts. `_id` is the public part of the key. */
export class ApiKeyRepository {
  readonly #model: Model<ApiKeyDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<ApiKeyDoc>('ApiKey', apiKeySchema, 'apiKeys');
    this.#guard = guard;
  }

  /** Stores a new key. Throws `conflict` when its id is taken. */
  async insert({ id, scopes, ...key }: ApiKey): Promise<void> {
    try {
      await this.#guard('apiKeys.insert', () => this.#model.create({ ...key, scopes: [...scopes], _id: id }));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'This key id is taken.') : error;
    }
  }

  /** The key with this id, revoked and expired ones too, or null. The caller compares digest, times and scopes. */
  async find(id: string): Promise<ApiKey | null> {
    const doc = await this.#guard('apiKeys.find', () => this.#model.findById(id).lean<ApiKeyDoc>().exec());
    return doc && apiKeyOf(doc);
  }

  /** The account's keys, oldest first, revoked ones too; at most 1,000. */
  async list(accountId: AccountId): Promise<ApiKey[]> {
    const docs = await this.#guard('apiKeys.list', () =>
      this.#model.find({ accountId }).sort({ createdAtMs: 1 }).limit(1_000).lean<ApiKeyDoc[]>().exec(),
    );
    return docs.map(apiKeyOf);
  }

  /** Ends a key; the first time stays. False if the account has no such key. */
  async revoke(accountId: AccountId, id: string, atMs: number): Promise<boolean> {
    const result = await this.#guard('apiKeys.revoke', () =>
      this.#model.updateOne({ _id: id, accountId }, { $min: { revokedAtMs: atMs } }).exec(),
    );
    return result.matchedCount === 1;
  }

  /** Puts another digest of the same secret in the place of `from`; changes nothing where another one is there by now. */
  async renewDigest(id: string, { from, to }: { from: string; to: string }): Promise<void> {
    await this.#guard('apiKeys.renewDigest', () =>
      this.#model.updateOne({ _id: id, digest: from }, { $set: { digest: to } }).exec(),
    );
  }

  /** The keys of all accounts by id, revoked and expired ones too, those after `after`. */
  async listAll({ after = '', limit }: { after?: string; limit: number }): Promise<ApiKey[]> {
    const docs = await this.#guard('apiKeys.listAll', () =>
      this.#model
        .find({ _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<ApiKeyDoc[]>()
        .exec(),
    );
    return docs.map(apiKeyOf);
  }

  /** Notes that the key was used; an older time than the noted one changes nothing. */
  async touch(id: string, atMs: number): Promise<void> {
    await this.#guard('apiKeys.touch', () =>
      this.#model.updateOne({ _id: id }, { $max: { lastUsedAtMs: atMs } }).exec(),
    );
  }
}

function apiKeyOf({ _id, ...key }: ApiKeyDoc): ApiKey {
  return { id: _id, ...key };
}
