import type { Clock } from '@posthorn/runtime';

/** A value and how long it may be believed. */
export type Timed<Value> = Readonly<{ value: Value; ttlMs: number }>;

export type TtlCacheOptions = Readonly<{
  clock: Clock;
  /** Entries kept; the longest unrenewed leaves first. */
  entriesMax: number;
}>;

/**
 * Remembers what `load` found for a key until its time is up. Those who ask for a key at once share one load; a load
 * that rejects is not remembered.
 */
export class TtlCache<Value> {
  readonly #options: TtlCacheOptions;
  readonly #entries = new Map<string, Readonly<{ value: Value; untilMs: number }>>();
  readonly #loading = new Map<string, Promise<Value>>();

  constructor(options: TtlCacheOptions) {
    this.#options = options;
  }

  get(key: string, load: () => Promise<Timed<Value>>): Value | Promise<Value> {
    const entry = this.#entries.get(key);
    if (entry && entry.untilMs > this.#options.clock.monotonicMs()) return entry.value;
    const under = this.#loading.get(key);
    if (under) return under;
    const loading = this.#load(key, load).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(key: string, load: () => Promise<Timed<Value>>): Promise<Value> {
    const { clock, entriesMax } = this.#options;
    const { value, ttlMs } = await load();
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size >= entriesMax) this.#entries.delete(oldest);
    this.#entries.set(key, { value, untilMs: clock.monotonicMs() + ttlMs });
    return value;
  }
}
