import { defaultPool, type PoolName } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';
import { isDuplicateKey } from './write-refusals.ts';

/** A set of sending addresses; those name it. It belongs to the installation, not to an account. */
export type Pool = Readonly<{ name: PoolName; createdAtMs: number }>;

type PoolDoc = { _id: string; createdAtMs: number };

const poolSchema = new Schema<PoolDoc>(
  { _id: { type: String, required: true }, createdAtMs: { type: Number, required: true } },
  { strict: 'throw', versionKey: false },
);

/** Exists without being made, from the first moment on. */
const builtIn: Pool = { name: defaultPool, createdAtMs: 0 };

/** The pools. `_id` is the name. The pool `default` is always there, without a document. */
export class PoolRepository {
  readonly #model: Model<PoolDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<PoolDoc>('Pool', poolSchema, 'pools');
    this.#guard = guard;
  }

  /** Makes a pool. Throws `conflict` when there is one of this name. */
  async insert({ name, createdAtMs }: Pool): Promise<void> {
    const taken = new Fault('conflict', 'There is a pool of this name already.');
    if (name === defaultPool) throw taken;
    try {
      await this.#guard('pools.insert', () => this.#model.create({ _id: name, createdAtMs }));
    } catch (error) {
      throw isDuplicateKey(error) ? taken : error;
    }
  }

  /** The pool of this name, or null. */
  async find(name: string): Promise<Pool | null> {
    if (name === defaultPool) return builtIn;
    const doc = await this.#guard('pools.find', () => this.#model.findById(name).lean<PoolDoc>().exec());
    return doc && poolOf(doc);
  }

  /** All pools by name, at most 1,000. */
  async list(): Promise<Pool[]> {
    const docs = await this.#guard('pools.list', () =>
      this.#model.find().sort({ _id: 1 }).limit(1_000).lean<PoolDoc[]>().exec(),
    );
    return [...docs.map(poolOf), builtIn].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Deletes a pool. False if there is none of this name, or it is the default one, which stays. Whether it is empty, the caller sees to. */
  async remove(name: string): Promise<boolean> {
    const result = await this.#guard('pools.remove', () => this.#model.deleteOne({ _id: name }).exec());
    return result.deletedCount === 1;
  }
}

function poolOf({ _id, createdAtMs }: PoolDoc): Pool {
  return { name: _id, createdAtMs };
}
