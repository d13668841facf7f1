import type { Event, EventsItem } from '@posthorn/contracts';
import { type Clock, createCounter, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';
import { createHeldHits, type HeldHit, type HeldHits } from './held-hits.ts';

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
  const { clock, log, retryEveryMs } = options;
  const held = createHeldHits(options);
  const post = createTryPost(options, held);

  async function retry(): Promise<void> {
    let lost = 0;
    for (let before = Number.POSITIVE_INFINITY; held.count() > 0 && held.count() < before; ) {
      before = held.count();
      const kept = await Promise.all(held.take(retryBatch).map(post));
      lost += kept.filter((isKept) => !isKept).length;
    }
    if (lost > 0) log.warn({ hits: lost }, 'hits lost while redis is away');
  }

  let retrying: Promise<void> | undefined;
  const timer = setInterval(() => {
    retrying ??= retry().finally(() => {
      retrying = undefined;
    });
  }, retryEveryMs);

  return {
    record: async (event) => void (await post({ event, sinceMs: clock.monotonicMs() })),
    healthCheck: async () =>
      held.count() === 0 ? { ok: true } : { ok: false, reason: `${held.count()} hits wait for redis` },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await retrying;
      await retry();
      if (held.count() > 0) log.error({ hits: held.count() }, 'hits lost at the stop');
    },
  };
}

/** Posts one hit, or holds it while Redis is away; false when it is lost. Never throws. */
function createTryPost({ post, log }: HitRecorderOptions, held: HeldHits) {
  return async (hit: HeldHit): Promise<boolean> => {
    const { event } = hit;
    try {
      await post(event);
      countRecorded(1, { type: event.type });
      return true;
    } catch (error) {
      if (!isFault(error, 'unavailable'))
        log.error({ err: error, eventId: event.id }, 'hit refused by the lane');
      else if (held.hold(hit)) return true;
      countLost(1, { type: event.type });
      return false;
    }
  };
}
