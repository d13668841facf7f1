import type { Event, EventsItem } from '@posthorn/contracts';
import { type Clock, createCounter, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';

const countRecorded = createCounter('posthorn.tracking.hits', 'Opens and clicks that were put on disk');
const countLost = createCounter('posthorn.tracking.hits_lost', 'Opens and clicks that could not be kept');

export type HitRecorder = AsyncDisposable &
  Readonly<{
    /** Resolves, never rejects, when the hit is on disk in Redis, or held in memory because Redis is away. */
    record: (event: Event) => Promise<void>;
    /** Fails while hits are held. */
    healthCheck: HealthCheck;
  }>;

export type HitRecorderOptions = Readonly<{
  /** Rejects with an `unavailable` Fault, within a bounded time, while Redis is away. */
  post: (item: EventsItem) => Promise<void>;
  clock: Clock;
  log: Logger;
  /** Most hits held at once; more are lost, and counted. */
  heldMax: number;
  /** Longest a hit is held. */
  heldForMs: number;
  /** Pause between two attempts to post what is held. */
  retryEveryMs: number;
}>;

type Held = { event: Event; sinceMs: number };

/** Held hits that are posted again at once: a few bags. */
const retryBatch = 500;

/**
 * Records hits before they are answered, and lets no answer depend on it (row F08).
 *
 * While Redis is away hits are held in this process' memory, within bounds, and posted again: a crash in that time
 * loses them, which the answer's caller cannot be told. A hit posted twice, because an answer of Redis was lost,
 * keeps its id and is recorded once.
 */
export function createHitRecorder(options: HitRecorderOptions): HitRecorder {
  const { post, clock, log, heldMax, heldForMs, retryEveryMs } = options;
  let held: Held[] = [];
  let lost = 0;

  async function tryPost({ event, sinceMs }: Held): Promise<void> {
    try {
      await post(event);
      countRecorded(1, { type: event.type });
    } catch (error) {
      if (!isFault(error, 'unavailable'))
        log.error({ err: error, eventId: event.id }, 'hit refused by the lane');
      else if (held.length < heldMax && clock.monotonicMs() - sinceMs < heldForMs)
        held.push({ event, sinceMs });
      else lose(event);
    }
  }

  function lose({ type }: Event): void {
    lost += 1;
    countLost(1, { type });
  }

  async function retry(): Promise<void> {
    while (held.length > 0) {
      const before = held.length;
      const batch = held.slice(0, retryBatch);
      held = held.slice(retryBatch);
      await Promise.all(batch.map(tryPost));
      if (held.length >= before) break;
    }
    if (lost > 0) log.warn({ hits: lost }, 'hits lost while redis is away');
    lost = 0;
  }

  let retrying: Promise<void> | undefined;
  const timer = setInterval(() => {
    retrying ??= retry().finally(() => {
      retrying = undefined;
    });
  }, retryEveryMs);

  return {
    record: (event) => tryPost({ event, sinceMs: clock.monotonicMs() }),
    healthCheck: async () =>
      held.length === 0 ? { ok: true } : { ok: false, reason: `${held.length} hits wait for redis` },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await retrying;
      await retry();
      if (held.length > 0) log.error({ hits: held.length }, 'hits lost at the stop');
    },
  };
}
