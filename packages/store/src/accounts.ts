import { type AccountId, OnAmbiguous, type PoolName } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { newAccountId } from './ids.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** What an account's owner may set. Company fields are what templates read as `{{ account.… }}`. */
export type AccountSettings = Readonly<{
  onAmbiguous: OnAmbiguous;
  companyName: string;
  companyAddress: string;
  companyCity: string;
  companyState: string;
  companyZip: string;
  companyCountry: string;
  trackOpens: boolean;
  trackClicks: boolean;
  /** Drops mail to addresses that are on the list of suppressions for a bounce; absent means false. */
  refuseHardBounced?: boolean;
  /** Drops mail to addresses that are on the list of suppressions for a complaint; absent means false. */
  refuseComplained?: boolean;
  /** Accepts a message over SMTP once for each Message-ID and set of recipients; absent means false. */
  dedupeMessageId?: boolean;
  /** The pool that its sends leave from unless their email names one; absent: the installation's default. */
  pool?: PoolName;
}>;

/** Settings to set. */
export type SettingsChange = Partial<Omit<AccountSettings, 'pool'>> &
  Readonly<{ pool?: PoolName | undefined }>;

export type Account = Readonly<{
  accountId: AccountId;
  name: string;
  isSuspended: boolean;
  createdAtMs: number;
  settings: AccountSettings;
  /**
   * The pools that it may send by beside the installation's default. Absent on an account from before there were grants:
   * it goes on with the pools that its emails name, until the gateway has written them down (`recordPools`).
   */
  pools?: readonly PoolName[];
}>;

/** Any settings that are left out take their defaults: retry when ambiguous, track both, company name as the account's. */
export type NewAccount = Readonly<{
  name: string;
  createdAtMs: number;
  /** Fixed id, for set-up scripts and tests; else a random unused one is taken. */
  accountId?: AccountId;
  settings?: Partial<AccountSettings>;
}>;

type AccountDoc = Omit<Account, 'accountId' | 'pools'> & { _id: number; pools?: string[] };

const text = { type: String, default: '' };
const flag = { type: Boolean, default: true };

const accountSchema = new Schema<AccountDoc>(
  {
    _id: { type: Number, required: true },
    name: { type: String, required: true },
    isSuspended: { type: Boolean, default: false },
    createdAtMs: { type: Number, required: true },
    settings: {
      onAmbiguous: { type: String, enum: OnAmbiguous.options, default: 'retry' },
      companyName: text,
      companyAddress: text,
      companyCity: text,
      companyState: text,
      companyZip: text,
      companyCountry: text,
      trackOpens: flag,
      trackClicks: flag,
      refuseHardBounced: Boolean,
      refuseComplained: Boolean,
      dedupeMessageId: Boolean,
      pool: String,
    },
    pools: { type: [String], default: [] },
  },
  { strict: 'throw', versionKey: false },
);

/** The tenants. `_id` is the account's id. */
export class AccountRepository {
  readonly #model: Model<AccountDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<AccountDoc>('Account', accountSchema, 'accounts');
    this.#guard = guard;
  }

  /** Makes an account. Throws `conflict` when a fixed id is taken. */
  async create({ accountId, ...account }: NewAccount): Promise<Account> {
    const settings = { companyName: account.name, ...account.settings };
    for (;;) {
      const id = accountId ?? newAccountId();
      try {
        const doc = await this.#guard('accounts.create', () =>
          this.#model.create({ ...account, settings, _id: id }),
        );
        return accountOf(doc.toObject());
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        if (accountId !== undefined) throw new Fault('conflict', 'This account id is taken.');
      }
    }
  }

  /** The account, or null if there is none. */
  async find(accountId: AccountId): Promise<Account | null> {
    const doc = await this.#guard('accounts.find', () =>
      this.#model.findById(accountId).lean<AccountDoc>().exec(),
    );
    return doc && accountOf(doc);
  }

  /** Sets the given settings and leaves the others; an undefined `pool` is taken away. Null if there is no such account. */
  async updateSettings(accountId: AccountId, settings: SettingsChange): Promise<Account | null> {
    const entries = Object.entries(settings).map(([name, value]) => [`settings.${name}`, value] as const);
    const update = {
      $set: Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
      $unset: Object.fromEntries(
        entries.flatMap(([name, value]) => (value === undefined ? [[name, 1]] : [])),
      ),
    };
    const doc = await this.#guard('accounts.updateSettings', () =>
      this.#model
        .findOneAndUpdate({ _id: accountId }, update, { returnDocument: 'after' })
        .lean<AccountDoc>()
        .exec(),
    );
    return doc && accountOf(doc);
  }

  /** The ids of accounts whose sends leave from this pool unless told otherwise; ascending, at most `limit`. */
  async listIdsInPool(pool: PoolName, limit: number): Promise<AccountId[]> {
    const docs = await this.#guard('accounts.listIdsInPool', () =>
      this.#model
        .find({ 'settings.pool': pool }, { _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<{ _id: number }[]>()
        .exec(),
    );
    return docs.map(({ _id }) => _id);
  }

  /** Suspends the account or lets it go on. Doing it twice is the same as once. Null if there is no such account. */
  async setSuspended(accountId: AccountId, isSuspended: boolean): Promise<Account | null> {
    const doc = await this.#guard('accounts.setSuspended', () =>
      this.#model
        .findOneAndUpdate({ _id: accountId }, { $set: { isSuspended } }, { returnDocument: 'after' })
        .lean<AccountDoc>()
        .exec(),
    );
    return doc && accountOf(doc);
  }

  /** Lets the account send by a pool. Doing it twice is the same as once. False if there is no such account. */
  async grantPool(accountId: AccountId, pool: PoolName): Promise<boolean> {
    const result = await this.#guard('accounts.grantPool', () =>
      this.#model.updateOne({ _id: accountId }, { $addToSet: { pools: pool } }).exec(),
    );
    return result.matchedCount === 1;
  }

  /** Takes a pool from the account, also as the one that its sends leave from. False if it may not send by it. */
  async revokePool(accountId: AccountId, pool: PoolName): Promise<boolean> {
    return (await this.#takePool({ _id: accountId }, pool)) === 1;
  }

  /** Takes a pool from every account, as `revokePool` does from one. */
  async revokePoolOfAll(pool: PoolName): Promise<void> {
    await this.#takePool({}, pool);
  }

  /** Returns how many accounts it was taken from. The setting goes first, so that none is left that has no grant. */
  async #takePool(filter: { _id?: AccountId }, pool: PoolName): Promise<number> {
    return this.#guard('accounts.takePool', async () => {
      await this.#model
        .updateMany({ ...filter, 'settings.pool': pool }, { $unset: { 'settings.pool': 1 } })
        .exec();
      const taken = await this.#model
        .updateMany({ ...filter, pools: pool }, { $pull: { pools: pool } })
        .exec();
      return taken.modifiedCount;
    });
  }

  /** The ids of accounts that may send by this pool; ascending, at most `limit`. */
  async listIdsGranted(pool: PoolName, limit: number): Promise<AccountId[]> {
    const docs = await this.#guard('accounts.listIdsGranted', () =>
      this.#model
        .find({ pools: pool }, { _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<{ _id: number }[]>()
        .exec(),
    );
    return docs.map(({ _id }) => _id);
  }

  /** The accounts from before there were grants; at most `limit`, in no order. */
  async listWithoutPools(limit: number): Promise<Account[]> {
    const docs = await this.#guard('accounts.listWithoutPools', () =>
      this.#model
        .find({ pools: { $exists: false } })
        .limit(limit)
        .lean<AccountDoc[]>()
        .exec(),
    );
    return docs.map(accountOf);
  }

  /** Writes down the pools of an account from before there were grants; one that has some is left alone. */
  async recordPools(accountId: AccountId, pools: readonly PoolName[]): Promise<void> {
    await this.#guard('accounts.recordPools', () =>
      this.#model
        .updateOne({ _id: accountId, pools: { $exists: false } }, { $set: { pools: [...pools] } })
        .exec(),
    );
  }

  /** The ids of all accounts, ascending, at most `limit`, those after `after`. */
  async listIds({ after = 0, limit = 1_000 }: { after?: number; limit?: number } = {}): Promise<AccountId[]> {
    const docs = await this.#guard('accounts.listIds', () =>
      this.#model
        .find({ _id: { $gt: after } }, { _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<{ _id: number }[]>()
        .exec(),
    );
    return docs.map(({ _id }) => _id);
  }
}

function accountOf({ _id, name, isSuspended, createdAtMs, settings, pools }: AccountDoc): Account {
  return { accountId: _id, name, isSuspended, createdAtMs, settings, ...(pools && { pools }) };
}
