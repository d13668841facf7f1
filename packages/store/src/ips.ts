import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import { z } from 'zod';
import type { Guard } from './guard.ts';
import type { IpCheck, SendingIp, SendingIpChange, Socks5 } from './ip-record.ts';
import { type Renewed, renewSealed, type Seal, type Sealed } from './seal.ts';
import { isDuplicateKey } from './write-refusals.ts';

const Credentials = z.object({ username: z.string().exactOptional(), password: z.string().exactOptional() });

type CheckDoc = IpCheck & { name: string };
type Socks5Doc = Pick<Socks5, 'host' | 'port'> & { sealedCredentials?: string };
type IpDoc = Omit<SendingIp, 'id' | 'checks' | 'socks5'> & {
  _id: string;
  checks: CheckDoc[];
  socks5?: Socks5Doc;
};

const text = { type: String, required: true } as const;
const number = { type: Number, required: true } as const;

const checkSchema = new Schema<CheckDoc>(
  {
    name: text,
    state: { ...text, enum: ['pending', 'passed', 'failing'] },
    checkedAtMs: Number,
    message: String,
    found: { type: [String], default: undefined },
  },
  { _id: false, strict: 'throw' },
);

const ipSchema = new Schema<IpDoc>(
  {
    _id: text,
    address: text,
    ehloName: text,
    pool: text,
    state: { ...text, enum: ['checking', 'warming', 'active', 'paused', 'draining'] },
    stateReason: String,
    drainedFrom: { type: String, enum: ['warming', 'active'] },
    socks5: { type: Schema.Types.Mixed },
    warmup: { ...text, enum: ['plan', 'skip'] },
    checks: [checkSchema],
    createdAtMs: number,
    updatedAtMs: number,
    nextCheckAtMs: number,
    revision: number,
  },
  { strict: 'throw', versionKey: false },
);
ipSchema.index({ address: 1 }, { unique: true });
ipSchema.index({ pool: 1, address: 1 });
ipSchema.index({ nextCheckAtMs: 1 });

/** Most addresses that a list holds; an installation has dozens. */
const listMax = 10_000;

/** The addresses that mail may leave from, of the whole installation. Credentials of SOCKS5 servers are sealed before they are written. */
export class IpRepository {
  readonly #model: Model<IpDoc>;
  readonly #guard: Guard;
  readonly #seal: Seal | undefined;

  constructor(connection: Connection, guard: Guard, seal: Seal | undefined) {
    this.#model = connection.model<IpDoc>('SendingIp', ipSchema, 'ips');
    this.#guard = guard;
    this.#seal = seal;
  }

  /** Stores a new address. Throws `conflict` when it is there already, `misconfigured` for credentials without a seal. */
  async insert({ id, checks, socks5, ...ip }: SendingIp): Promise<void> {
    const doc: IpDoc = {
      ...{ ...ip, _id: id, checks: checkDocsOf(checks) },
      ...(socks5 && { socks5: this.#sealed(id, socks5) }),
    };
    try {
      await this.#guard('ips.insert', () => this.#model.create(doc));
    } catch (error) {
      throw isDuplicateKey(error) ? new Fault('conflict', 'This address is there already.') : error;
    }
  }

  /** The address with this id, or null. */
  async find(id: string): Promise<SendingIp | null> {
    const doc = await this.#guard('ips.find', () => this.#model.findById(id).lean<IpDoc>().exec());
    return doc && this.#ipOf(doc);
  }

  /** All addresses, or those of one pool, by address; at most 10,000. */
  async list({ pool }: { pool?: string } = {}): Promise<SendingIp[]> {
    const docs = await this.#guard('ips.list', () =>
      this.#model
        .find(pool === undefined ? {} : { pool })
        .sort({ address: 1 })
        .limit(listMax)
        .lean<IpDoc[]>()
        .exec(),
    );
    return docs.map((doc) => this.#ipOf(doc));
  }

  /** Makes a change and returns the address as it is then. Null if it is gone, or was changed since that `revision`. */
  async update(id: string, change: SendingIpChange, revision: number): Promise<SendingIp | null> {
    const { checks, socks5, ...rest } = change;
    const $set = {
      ...definedOf(rest),
      ...(checks && { checks: checkDocsOf(checks) }),
      ...(socks5 && { socks5: this.#sealed(id, socks5) }),
      revision: revision + 1,
    };
    const $unset = unsetOf(change);
    const doc = await this.#guard('ips.update', () =>
      this.#model
        .findOneAndUpdate({ _id: id, revision }, { $set, $unset }, { returnDocument: 'after' })
        .lean<IpDoc>()
        .exec(),
    );
    return doc && this.#ipOf(doc);
  }

  /** Deletes an address. False if there is none with this id. */
  async remove(id: string): Promise<boolean> {
    const result = await this.#guard('ips.remove', () => this.#model.deleteOne({ _id: id }).exec());
    return result.deletedCount === 1;
  }

  /**
   * Takes the address whose check is due longest, for `leaseMs`: any number of processes may ask at once, and each
   * address goes to one of them, and to the next after that time if that one stored nothing.
   */
  async takeDue(nowMs: number, leaseMs: number): Promise<SendingIp | null> {
    const doc = await this.#guard('ips.takeDue', () =>
      this.#model
        .findOneAndUpdate(
          { nextCheckAtMs: { $lte: nowMs } },
          { $set: { nextCheckAtMs: nowMs + leaseMs } },
          { sort: { nextCheckAtMs: 1 }, returnDocument: 'after' },
        )
        .lean<IpDoc>()
        .exec(),
    );
    return doc && this.#ipOf(doc);
  }

  /** Seals the credentials anew that an older secret sealed, or counts them. Any number of processes may do so at once. */
  async renewSeals(how = { writes: true }): Promise<Renewed> {
    if (!this.#seal) throw new Fault('misconfigured', 'The store was opened without a seal for credentials.');
    return renewSealed(this.#seal, this.#allSealed(), how);
  }

  async *#allSealed(): AsyncGenerator<Sealed> {
    const name = 'socks5.sealedCredentials';
    const docs = await this.#guard('ips.allSealed', () =>
      this.#model
        .find({ [name]: { $exists: true } }, { socks5: 1 })
        .limit(listMax)
        .lean<Pick<IpDoc, '_id' | 'socks5'>[]>()
        .exec(),
    );
    for (const { _id, socks5 } of docs) {
      const sealed = socks5?.sealedCredentials;
      if (sealed === undefined) continue;
      const replace = (renewed: string) =>
        this.#guard('ips.renewSeal', () =>
          this.#model.updateOne({ _id, [name]: sealed }, { $set: { [name]: renewed } }).exec(),
        );
      yield { sealed, context: sealContext(_id), replace };
    }
  }

  #sealed(id: string, { host, port, username, password }: Socks5): Socks5Doc {
    if (username === undefined && password === undefined) return { host, port };
    if (!this.#seal) throw new Fault('misconfigured', 'The store was opened without a seal for credentials.');
    const credentials = JSON.stringify({ username, password });
    return { host, port, sealedCredentials: this.#seal.seal(credentials, sealContext(id)) };
  }

  #ipOf({ _id, checks, socks5, ...ip }: IpDoc): SendingIp {
    return {
      ...{ ...ip, id: _id },
      ...(socks5 && { socks5: this.#opened(_id, socks5) }),
      checks: Object.fromEntries(checks.map(({ name, ...check }) => [name, check])),
    };
  }

  /** Credentials that cannot be opened keep one address from sending, not a whole list from being read. */
  #opened(id: string, { sealedCredentials, ...place }: Socks5Doc): Socks5 {
    if (sealedCredentials === undefined) return place;
    const locked = { ...place, isLocked: true };
    try {
      const text = this.#seal?.open(sealedCredentials, sealContext(id));
      return text === undefined ? locked : { ...place, ...Credentials.parse(JSON.parse(text)) };
    } catch {
      return locked;
    }
  }
}

function sealContext(id: string): string {
  return `ips:${id}:socks5`;
}

function checkDocsOf(checks: SendingIp['checks']): CheckDoc[] {
  return Object.entries(checks).map(([name, check]) => ({ name, ...check }));
}

function definedOf(change: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

const optionalFields = ['stateReason', 'drainedFrom', 'socks5'] as const;

function unsetOf(change: SendingIpChange): Record<string, 1> {
  const gone = optionalFields.filter((name) => name in change && change[name] === undefined);
  return Object.fromEntries(gone.map((name) => [name, 1]));
}
