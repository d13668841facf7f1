import type { AccountId, EmailId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import {
  nextTokenCursor,
  type SmtpTokenQuery,
  tokenFilter,
  tokenPageFilter,
  tokenSort,
} from './smtp-token-query.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** A user name of the SMTP API and the campaign that its mail is counted under. Nobody owns it but the account. */
export type SmtpToken = Readonly<{
  /** The user name: ten lower-case letters and digits, `@<accountId>.smtp.posthorn`. */
  id: string;
  accountId: AccountId;
  campaignName: string;
  /** What events and counters of its mail are filed under, as `emailId`; never an email's, see `newCampaignId`. */
  emailCampaignId: EmailId;
  /** Whether recipients that are no contacts become some. */
  createContact: boolean;
  createdAtMs: number;
  createdBy: string;
  /** From then on it is as good as deleted; absent: never. */
  expiresAtMs?: number;
  /** Raised by one at each password reset. */
  generation: number;
}>;

/** A token as whoever checks passwords needs it, with a digest of the password: see `digestsFromSecret` in `@posthorn/mail`. */
export type StoredSmtpToken = SmtpToken & Readonly<{ digest: string }>;

type SmtpTokenDoc = Omit<StoredSmtpToken, 'id'> & { _id: string; isDeleted: boolean };

const smtpTokenSchema = new Schema<SmtpTokenDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, required: true },
    campaignName: { type: String, required: true },
    emailCampaignId: { type: Number, required: true },
    createContact: { type: Boolean, required: true },
    createdAtMs: { type: Number, required: true },
    createdBy: { type: String, required: true },
    expiresAtMs: Number,
    generation: { type: Number, required: true },
    // Empty once the token is deleted.
    digest: { type: String },
    isDeleted: { type: Boolean, required: true },
  },
  { strict: 'throw', versionKey: false },
);
smtpTokenSchema.index({ accountId: 1, createdAtMs: 1, _id: 1 });
smtpTokenSchema.index({ emailCampaignId: 1 }, { unique: true });

/**
 * The SMTP tokens of all accounts. `_id` is the user name.
 *
 * A deleted token stays as its campaign, without its password: its events and counters go on having a name. An expired
 * one is not deleted by anybody; whoever reads compares the time.
 */
export class SmtpTokenRepository {
  readonly #model: Model<SmtpTokenDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<SmtpTokenDoc>('SmtpToken', smtpTokenSchema, 'smtpTokens');
    this.#guard = guard;
  }

  /** Stores a new token. Throws `conflict` when its id or its campaign's is taken, by a deleted one too. */
  async insert({ id, ...token }: StoredSmtpToken): Promise<void> {
    const doc = { ...token, _id: id, isDeleted: false };
    try {
      await this.#guard('smtpTokens.insert', () => this.#model.create(doc));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'This SMTP token id is taken.') : error;
    }
  }

  /** The token with this id, an expired one too, or null. The caller compares digest, account and time. */
  async find(id: string): Promise<StoredSmtpToken | null> {
    const doc = await this.#guard('smtpTokens.find', () =>
      this.#model.findOne({ _id: id, isDeleted: false }).lean<SmtpTokenDoc>().exec(),
    );
    return doc && storedTokenOf(doc);
  }

  /** The account's token with this id, an expired or deleted one too, or null: for what was counted under it. */
  async findCampaign(accountId: AccountId, id: string): Promise<SmtpToken | null> {
    const doc = await this.#guard('smtpTokens.findCampaign', () =>
      this.#model.findOne({ _id: id, accountId }).lean<SmtpTokenDoc>().exec(),
    );
    return doc && tokenOf(doc);
  }

  /** One page, oldest first; `nextCursor` is absent on the last. Throws `invalid_request` for a cursor of another list. */
  async list(query: SmtpTokenQuery): Promise<{ tokens: SmtpToken[]; nextCursor?: string }> {
    const filter = tokenPageFilter(query);
    const docs = await this.#guard('smtpTokens.list', () =>
      this.#model
        .find(filter)
        .sort(tokenSort)
        .limit(query.limit + 1)
        .lean<SmtpTokenDoc[]>()
        .exec(),
    );
    const tokens = docs.slice(0, query.limit).map(tokenOf);
    const last = docs.length > query.limit ? tokens.at(-1) : undefined;
    return { tokens, ...(last && { nextCursor: nextTokenCursor(last) }) };
  }

  /** How many tokens the account has at a time. */
  async count(accountId: AccountId, aliveAtMs: number): Promise<number> {
    const filter = tokenFilter({ accountId, aliveAtMs });
    return this.#guard('smtpTokens.count', () => this.#model.countDocuments(filter).exec());
  }

  /** Gives the token another password: the one before is wrong as soon as this resolves. Null if there is no such token. */
  async reset(accountId: AccountId, id: string, digest: string): Promise<SmtpToken | null> {
    const doc = await this.#guard('smtpTokens.reset', () =>
      this.#model
        .findOneAndUpdate(
          { _id: id, accountId, isDeleted: false },
          { $set: { digest }, $inc: { generation: 1 } },
          { returnDocument: 'after' },
        )
        .lean<SmtpTokenDoc>()
        .exec(),
    );
    return doc && tokenOf(doc);
  }

  /** Puts another digest of the same password in the place of `from`; changes nothing where another one is there by now. */
  async renewDigest(id: string, { from, to }: { from: string; to: string }): Promise<void> {
    await this.#guard('smtpTokens.renewDigest', () =>
      this.#model.updateOne({ _id: id, digest: from, isDeleted: false }, { $set: { digest: to } }).exec(),
    );
  }

  /** Ends a token; its campaign stays. False if the account has no such token. */
  async remove(accountId: AccountId, id: string): Promise<boolean> {
    const result = await this.#guard('smtpTokens.remove', () =>
      this.#model
        .updateOne(
          { _id: id, accountId, isDeleted: false },
          { $set: { isDeleted: true }, $unset: { digest: '' }, $inc: { generation: 1 } },
        )
        .exec(),
    );
    return result.modifiedCount === 1;
  }

  /** The tokens of all accounts by id, expired ones too: for a cache that wants to know them before MongoDB is away. */
  async listAll({ after = '', limit }: { after?: string; limit: number }): Promise<StoredSmtpToken[]> {
    const docs = await this.#guard('smtpTokens.listAll', () =>
      this.#model
        .find({ _id: { $gt: after }, isDeleted: false })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<SmtpTokenDoc[]>()
        .exec(),
    );
    return docs.map(storedTokenOf);
  }
}

function storedTokenOf({ _id, isDeleted: _, ...token }: SmtpTokenDoc): StoredSmtpToken {
  return { id: _id, ...token };
}

function tokenOf(doc: SmtpTokenDoc): SmtpToken {
  const { digest: _, ...token } = storedTokenOf(doc);
  return token;
}
