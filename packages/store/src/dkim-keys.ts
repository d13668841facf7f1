import type { AccountId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { type Renewed, renewSealed, type Seal, type Sealed } from './seal.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** A key that signs for a domain (RFC 6376; Ed25519: RFC 8463). */
export type DkimKey = Readonly<{
  /** Null for the installation's own domain, which signs for accounts that have none. */
  accountId: AccountId | null;
  domain: string;
  selector: string;
  algorithm: 'rsa-sha256' | 'ed25519-sha256';
  privateKeyPem: string;
  createdAtMs: number;
}>;

/** Keys read at once where all are gone through. */
const pageSize = 500;

type DkimKeyDoc = Omit<DkimKey, 'privateKeyPem'> & { _id: string; sealedKey: string };

const dkimKeySchema = new Schema<DkimKeyDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: Number, default: null },
    domain: { type: String, required: true },
    selector: { type: String, required: true },
    algorithm: { type: String, required: true, enum: ['rsa-sha256', 'ed25519-sha256'] },
    sealedKey: { type: String, required: true },
    createdAtMs: { type: Number, required: true },
  },
  { strict: 'throw', versionKey: false },
);
dkimKeySchema.index({ accountId: 1, domain: 1 });

/** The DKIM keys. Private keys are sealed before they are written; domains are lower case. */
export class DkimKeyRepository {
  readonly #model: Model<DkimKeyDoc>;
  readonly #guard: Guard;
  readonly #seal: Seal | undefined;

  constructor(connection: Connection, guard: Guard, seal: Seal | undefined) {
    this.#model = connection.model<DkimKeyDoc>('DkimKey', dkimKeySchema, 'dkimKeys');
    this.#guard = guard;
    this.#seal = seal;
  }

  /** Stores a key. Throws `conflict` when the domain has that selector already, `misconfigured` without a seal. */
  async insert({ privateKeyPem, ...key }: DkimKey): Promise<void> {
    const fields = { ...key, domain: key.domain.toLowerCase() };
    const _id = idOf(fields);
    const sealedKey = this.#sealing().seal(privateKeyPem, _id);
    try {
      await this.#guard('dkimKeys.insert', () => this.#model.create({ ...fields, _id, sealedKey }));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'The domain has a key with this selector.') : error;
    }
  }

  /** The keys of a domain, newest first; none means an empty array. Throws `misconfigured` without the right seal. */
  async find(accountId: AccountId | null, domain: string): Promise<DkimKey[]> {
    const docs = await this.#guard('dkimKeys.find', () =>
      this.#model
        .find({ accountId, domain: domain.toLowerCase() })
        .sort({ createdAtMs: -1 })
        .limit(10)
        .lean<DkimKeyDoc[]>()
        .exec(),
    );
    return docs.map((doc) => this.#keyOf(doc));
  }

  /** The keys of a domain with these selectors, in no order; those it does not have are left out. Else as `find`. */
  async findSelected(accountId: AccountId, domain: string, selectors: readonly string[]): Promise<DkimKey[]> {
    const ids = selectors.map((selector) => idOf({ accountId, domain: domain.toLowerCase(), selector }));
    const docs = await this.#guard('dkimKeys.findSelected', () =>
      this.#model
        .find({ _id: { $in: ids } })
        .lean<DkimKeyDoc[]>()
        .exec(),
    );
    return docs.map((doc) => this.#keyOf(doc));
  }

  /** Deletes the keys of a domain with these selectors; those it does not have are left out. */
  async delete(accountId: AccountId, domain: string, selectors: readonly string[]): Promise<void> {
    const ids = selectors.map((selector) => idOf({ accountId, domain: domain.toLowerCase(), selector }));
    await this.#guard('dkimKeys.delete', () => this.#model.deleteMany({ _id: { $in: ids } }).exec());
  }

  /** Seals the keys anew that an older secret sealed, or counts them. Any number of processes may do so at once. */
  async renewSeals(how = { writes: true }): Promise<Renewed> {
    return renewSealed(this.#sealing(), this.#allSealed(), how);
  }

  async *#allSealed(): AsyncGenerator<Sealed> {
    for (let after = ''; ; ) {
      const docs = await this.#guard('dkimKeys.allSealed', () =>
        this.#model
          .find({ _id: { $gt: after } }, { sealedKey: 1 })
          .sort({ _id: 1 })
          .limit(pageSize)
          .lean<{ _id: string; sealedKey: string }[]>()
          .exec(),
      );
      for (const { _id, sealedKey } of docs)
        yield {
          ...{ sealed: sealedKey, context: _id },
          replace: (renewed) =>
            this.#guard('dkimKeys.renewSeal', () =>
              this.#model.updateOne({ _id, sealedKey }, { $set: { sealedKey: renewed } }).exec(),
            ),
        };
      const last = docs.at(-1);
      if (!last || docs.length < pageSize) return;
      after = last._id;
    }
  }

  #keyOf({ _id, sealedKey, ...key }: DkimKeyDoc): DkimKey {
    return { ...key, privateKeyPem: this.#sealing().open(sealedKey, _id) };
  }

  #sealing(): Seal {
    if (!this.#seal)
      throw new Fault('misconfigured', 'The store was opened without a seal for private keys.');
    return this.#seal;
  }
}

function idOf({ accountId, domain, selector }: Pick<DkimKey, 'accountId' | 'domain' | 'selector'>): string {
  return `${accountId ?? 'own'}:${selector}._domainkey.${domain}`;
}
