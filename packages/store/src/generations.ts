import { type Connection, type Model, Schema } from 'mongoose';
import type { Guard } from './guard.ts';

/** One filling of Redis: it ends when Redis is emptied or replaced. */
export type Generation = Readonly<{
  id: string;
  /** When it was first seen, in Unix milliseconds. */
  startedAtMs: number;
  /** Whether another one went before it, whose waiting mail is gone. */
  isAfterLoss: boolean;
}>;

type GenerationDoc = { _id: string; startedAtMs: number; isAfterLoss: boolean };

const generationSchema = new Schema<GenerationDoc>(
  {
    _id: { type: String, required: true },
    startedAtMs: { type: Number, required: true },
    isAfterLoss: { type: Boolean, required: true },
  },
  { strict: 'throw', versionKey: false },
);

/** What is known of Redis' generations. `_id` is the mark that lies in Redis. */
export class GenerationRepository {
  readonly #model: Model<GenerationDoc>;
  readonly #guard: Guard;

  constructor(connection: Connection, guard: Guard) {
    this.#model = connection.model<GenerationDoc>('Generation', generationSchema, 'generations');
    this.#guard = guard;
  }

  /** Returns the generation that began last, or null before the first one. */
  async findLatest(): Promise<Generation | null> {
    return this.#findOne({}, -1);
  }

  /** Returns the first loss after a moment, in Unix milliseconds, or null: mail that was accepted before and still waited is gone. */
  async findLossAfter(atMs: number): Promise<number | null> {
    const found = await this.#findOne({ isAfterLoss: true, startedAtMs: { $gt: atMs } }, 1);
    return found?.startedAtMs ?? null;
  }

  /** Begins a generation. One that is there already begins again: Redis was put back to an older state. */
  async begin({ id, startedAtMs, isAfterLoss }: Generation): Promise<void> {
    await this.#guard('generations.begin', () =>
      this.#model.updateOne({ _id: id }, { $set: { startedAtMs, isAfterLoss } }, { upsert: true }).exec(),
    );
  }

  async #findOne(filter: object, order: 1 | -1): Promise<Generation | null> {
    const doc = await this.#guard('generations.find', () =>
      this.#model.findOne(filter).sort({ startedAtMs: order }).lean<GenerationDoc>().exec(),
    );
    return doc && { id: doc._id, startedAtMs: doc.startedAtMs, isAfterLoss: doc.isAfterLoss };
  }
}
