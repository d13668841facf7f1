import { type Clock, isFault } from '@posthorn/runtime';
import { BoundedMap } from './work/bounded-map.ts';

/** Reads values from MongoDB, keeps them, and goes on with old ones while MongoDB is away. */
export type StaleCache<Value> = Readonly<{
  /** The value, or null where there is none (which is not kept). Throws what `load` throws when nothing is kept. */
  get: (key: string) => Promise<Value | null>;
}>;

/** Values are read again when they are older than `freshMs`; loads of one key are shared. */
export function createStaleCache<Value>({
  load,
  clock,
  freshMs,
  max,
}: {
  load: (key: string) => Promise<Value | null>;
  clock: Clock;
  freshMs: number;
  max: number;
}): StaleCache<Value> {
  const kept = new BoundedMap<string, { value: Value; loadedAtMs: number }>(max);
  const loads = new Map<string, Promise<Value | null>>();

  async function read(key: string): Promise<Value | null> {
    const value = await load(key);
    if (value !== null) kept.set(key, { value, loadedAtMs: clock.monotonicMs() });
    return value;
  }

  function shareLoad(key: string): Promise<Value | null> {
    const started = loads.get(key) ?? read(key).finally(() => loads.delete(key));
    loads.set(key, started);
    return started;
  }

  return {
    async get(key) {
      const entry = kept.get(key);
      if (entry && clock.monotonicMs() - entry.loadedAtMs < freshMs) return entry.value;
      try {
        return await shareLoad(key);
      } catch (error) {
        if (!entry || !isFault(error, 'unavailable')) throw error;
        // Asked again after another `freshMs`, so that an absence of MongoDB does not slow every bag down.
        kept.set(key, { ...entry, loadedAtMs: clock.monotonicMs() });
        return entry.value;
      }
    },
  };
}
