import type { Event } from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';

/** A hit that is not on disk, and since when it waits (monotonic milliseconds). */
export type HeldHit = Readonly<{ event: Event; sinceMs: number }>;

/** Hits that wait in memory for Redis, oldest first. */
export type HeldHits = Readonly<{
  count: () => number;
  /** Keeps a hit; false when there are `heldMax` already or it has waited `heldForMs`. */
  hold: (hit: HeldHit) => boolean;
  /** Takes up to `max` hits out. */
  take: (max: number) => HeldHit[];
}>;

/** Holds at most `heldMax` hits, none longer than `heldForMs`. */
export function createHeldHits({
  heldMax,
  heldForMs,
  clock,
}: {
  heldMax: number;
  heldForMs: number;
  clock: Clock;
}): HeldHits {
  const held: HeldHit[] = [];
  return {
    count: () => held.length,
    hold: (hit) => {
      const isKept = held.length < heldMax && clock.monotonicMs() - hit.sinceMs < heldForMs;
      if (isKept) held.push(hit);
      return isKept;
    },
    take: (max) => held.splice(0, max),
  };
}
