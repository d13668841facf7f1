import type { AccountId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Domain, DomainChange, DomainKey, RecordCheck } from './domain-record.ts';
import type { Guard } from './guard.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** A check as it is kept: selectors and record names are texts of ours, yet none becomes a field's name. */
type CheckDoc = RecordCheck & { name: string };
type DomainDoc = Omit<Domain, 'id' | 'keys' | 'checks'> & {
  _id: string;
  keys: DomainKey[];
  checks: CheckDoc[];
};

const text = { type: String, required: true } as const;
const moment = { type: Number, required: true } as const;
const states = ['pending', 'verified', 'failing'];

const keySchema = new Schema<DomainKey>(
  {
    selector: text,
    algorithm: { ...text, enum: ['rsa-sha256', 'ed25519-sha256'] },
    dnsValue: text,
    createdAtMs: moment,
    state: { ...text, enum: ['waiting', 'active', 'retired'] },
    retiredAtMs: Number,
  },
  { _id: false, strict: 'throw' },
);

const checkSchema = new Schema<CheckDoc>(
  {
    name: text,
    state: { ...text, enum: states },
    checkedAtMs: Number,
    message: String,
    found: { type: [String], default: undefined },
  },
  { _id: false, strict: 'throw' },
);

const domainSchema = new Schema<DomainDoc>(
  {
    _id: text,
    accountId: moment,
    domain: text,
    returnPathHost: text,
    trackingHost: text,
    createdAtMs: moment,
    keys: [keySchema],
    checks: [checkSchema],
    state: { ...text, enum: states },
    verifiedAtMs: Number,
    sendsUntilMs: Number,
    changedAtMs: moment,
    checkedAtMs: Number,
    nextCheckAtMs: moment,
    revision: moment,
  },
  { strict: 'throw', versionKey: false },
);
domainSchema.index({ accountId: 1, domain: 1 }, { unique: true });
domainSchema.index({ nextCheckAtMs: 1 });

/** The sending domains of all accounts. Domains are given as A-labels in lower case. */
export class DomainRepository {
  readonly #model: Model<DomainDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<DomainDoc>('Domain', domainSchema, 'domains');
    this.#guard = guard;
  }

  /** Stores a new domain. Throws `conflict` when the account has it already. */
  async insert(domain: Domain): Promise<void> {
    try {
      await this.#guard('domains.insert', () => this.#model.create(docOf(domain)));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'The account has this domain already.') : error;
    }
  }

  /** The domain, or null if the account has none with this id. */
  async find(accountId: AccountId, id: string): Promise<Domain | null> {
    const doc = await this.#guard('domains.find', () =>
      this.#model.findOne({ _id: id, accountId }).lean<DomainDoc>().exec(),
    );
    return doc && domainOf(doc);
  }

  /** Those of `names` that the account has; in no order. */
  async findNamed(accountId: AccountId, names: readonly string[]): Promise<Domain[]> {
    const docs = await this.#guard('domains.findNamed', () =>
      this.#model
        .find({ accountId, domain: { $in: [...names] } })
        .lean<DomainDoc[]>()
        .exec(),
    );
    return docs.map(domainOf);
  }

  /** How many domains the account has. */
  async count(accountId: AccountId): Promise<number> {
    return this.#guard('domains.count', () => this.#model.countDocuments({ accountId }).exec());
  }

  /** The account's domains by name, at most `limit`, those after the name `after`. */
  async list(
    accountId: AccountId,
    { after = '', limit }: { after?: string; limit: number },
  ): Promise<Domain[]> {
    const docs = await this.#guard('domains.list', () =>
      this.#model
        .find({ accountId, domain: { $gt: after } })
        .sort({ accountId: 1, domain: 1 })
        .limit(limit)
        .lean<DomainDoc[]>()
        .exec(),
    );
    return docs.map(domainOf);
  }

  /** Changes the domain if it is still as `seen`; null when it changed or went meanwhile. A field that is undefined is removed. */
  async change({ id, accountId, revision }: Domain, change: DomainChange): Promise<Domain | null> {
    const { keys, checks, ...fields } = change;
    const entries = Object.entries(fields);
    const doc = await this.#guard('domains.change', () =>
      this.#model
        .findOneAndUpdate(
          { _id: id, accountId, revision },
          {
            $set: {
              ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
              keys: [...keys],
              checks: checkDocsOf(checks),
              revision: revision + 1,
            },
            $unset: Object.fromEntries(
              entries.filter(([, value]) => value === undefined).map(([name]) => [name, 1]),
            ),
          },
          { returnDocument: 'after' },
        )
        .lean<DomainDoc>()
        .exec(),
    );
    return doc && domainOf(doc);
  }

  /** Deletes the domain and returns it; null if the account has none with this id. Its private keys are in `dkimKeys`. */
  async delete(accountId: AccountId, id: string): Promise<Domain | null> {
    const doc = await this.#guard('domains.delete', () =>
      this.#model.findOneAndDelete({ _id: id, accountId }).lean<DomainDoc>().exec(),
    );
    return doc && domainOf(doc);
  }

  /** The verified domains of all accounts, by id, at most `limit`, those after the id `after`. */
  async listVerified({ after = '', limit }: { after?: string; limit: number }): Promise<Domain[]> {
    const docs = await this.#guard('domains.listVerified', () =>
      this.#model
        .find({ _id: { $gt: after }, state: 'verified' })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<DomainDoc[]>()
        .exec(),
    );
    return docs.map(domainOf);
  }

  /**
   * Takes the domain whose check is due longest, for `leaseMs`: any number of processes may ask at once, and each domain
   * goes to one of them. One that ends before it wrote what it saw leaves the domain to the next after that time.
   */
  async takeDue(nowMs: number, leaseMs: number): Promise<Domain | null> {
    const doc = await this.#guard('domains.takeDue', () =>
      this.#model
        .findOneAndUpdate(
          { nextCheckAtMs: { $lte: nowMs } },
          { $set: { nextCheckAtMs: nowMs + leaseMs } },
          { sort: { nextCheckAtMs: 1 }, returnDocument: 'after' },
        )
        .lean<DomainDoc>()
        .exec(),
    );
    return doc && domainOf(doc);
  }
}

function docOf({ id, keys, checks, ...domain }: Domain): DomainDoc {
  return { ...domain, _id: id, keys: [...keys], checks: checkDocsOf(checks) };
}

function checkDocsOf(checks: Domain['checks']): CheckDoc[] {
  return Object.entries(checks).map(([name, check]) => ({ name, ...check }));
}

function domainOf({ _id, checks, ...domain }: DomainDoc): Domain {
  return {
    ...domain,
    id: _id,
    checks: Object.fromEntries(checks.map(({ name, ...check }) => [name, check])),
  };
}
