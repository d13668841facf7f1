import type { Clock } from './clock.ts';
import { isFault } from './fault.ts';

/** Where values come from and how long they are good. */
export type FreshCacheOptions<Value> = Readonly<{
  /** Reads the value; null where there is none. A `Fault('unavailable')` makes the cache serve what it had. */
  load: (key: string) => Promise<Value | null>;
  clock: Clock;
  /** A value is never older than this, unless its source is away. From half of it on it is renewed in the background. */
  freshMs: number;
  /** How long an absence is believed; 0 asks again each time. */
  absentMs: number;
  /** Most values kept, and most absences; the oldest go first. */
  max: number;
  /** Longest a caller waits for a renewal when there is an old value to serve. */
  staleWaitMs?: number;
}>;

type Entry<Value> = {
  value: Value;
  loadedAtMs: number;
  retryAtMs: number;
  /** Somebody waited in vain for its renewal; nobody does again until it is renewed. */
  isWaitedFor: boolean;
};

/** After a failed renewal the source is left alone for this long. */
const retryMs = 1_000;

/** See `createFreshCache`. */
export type FreshCache<Value> = Readonly<{
  /** The value, or null where its source has none. Throws what `load` throws when there is nothing older to serve. */
  get: (key: string) => Promise<Value | null>;
  /** Forgets a key, so that the next `get` reads it again. */
  forget: (key: string) => void;
  /** Counts all values as too old: each is read again before it is served, unless its source is away. */
  expireAll: () => void;
}>;

/** A bounded cache in front of MongoDB that goes on answering while MongoDB is away. Loads of one key are shared. */
export function createFreshCache<Value>(options: FreshCacheOptions<Value>): FreshCache<Value> {
  const { load, clock, freshMs, absentMs, max, staleWaitMs = 250 } = options;
  const entries = new Map<string, Entry<Value>>();
  const absences = new Map<string, number>();
  const loads = new Map<string, Promise<Value | null>>();

  function keep(key: string, value: Value | null): void {
    const nowMs = clock.monotonicMs();
    entries.delete(key);
    if (value !== null)
      setBounded(entries, key, { value, loadedAtMs: nowMs, retryAtMs: 0, isWaitedFor: false }, max);
    else if (absentMs > 0) setBounded(absences, key, nowMs + absentMs, max);
  }

  /** A value that was forgotten while it was on its way may be the old one: it is given to who waits and not kept. */
  async function read(key: string, isForgotten: () => boolean): Promise<Value | null> {
    const value = await load(key);
    if (!isForgotten()) keep(key, value);
    return value;
  }

  function shareLoad(key: string): Promise<Value | null> {
    const running = loads.get(key);
    if (running) return running;
    const started: Promise<Value | null> = read(key, () => loads.get(key) !== started).finally(() => {
      if (loads.get(key) === started) loads.delete(key);
    });
    loads.set(key, started);
    return started;
  }

  /** Serves `entry` where the source is away or slow; its other errors are the caller's. */
  async function renew(key: string, entry: Entry<Value>): Promise<Value | null> {
    const renewal = shareLoad(key).catch((error: unknown) => {
      if (!isFault(error, 'unavailable')) throw error;
      entry.retryAtMs = clock.monotonicMs() + retryMs;
      return entry.value;
    });
    if (entry.isWaitedFor) {
      renewal.catch(() => undefined);
      return entry.value;
    }
    return withinMs(renewal, staleWaitMs, () => {
      entry.isWaitedFor = true;
      return entry.value;
    });
  }

  async function get(key: string): Promise<Value | null> {
    const entry = entries.get(key);
    const nowMs = clock.monotonicMs();
    if (entry === undefined) return nowMs < (absences.get(key) ?? 0) ? null : shareLoad(key);

    const ageMs = nowMs - entry.loadedAtMs;
    if (ageMs < freshMs / 2 || nowMs < entry.retryAtMs) return entry.value;
    const renewal = renew(key, entry);
    if (ageMs >= freshMs) return renewal;
    renewal.catch(() => undefined);
    return entry.value;
  }

  return {
    get,
    forget: (key) => {
      entries.delete(key);
      absences.delete(key);
      loads.delete(key);
    },
    expireAll: () => {
      absences.clear();
      loads.clear();
      for (const entry of entries.values()) {
        entry.loadedAtMs = Number.NEGATIVE_INFINITY;
        entry.isWaitedFor = false;
      }
    },
  };
}

function setBounded<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}

async function withinMs<T>(promise: Promise<T>, ms: number, otherwise: () => T): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = setTimeout(() => late.resolve(otherwise()), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
