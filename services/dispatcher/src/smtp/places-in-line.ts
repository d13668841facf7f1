/** What a use is thought to last before one was seen. */
const firstGuessMs = 500;
const nextMsMin = 100;
const nextMsMax = 30_000;
/** Weight of the latest use in the average. */
const latestShare = 0.1;

/**
 * Tells those who found every connection taken when to come again, so that each comes when its turn may be and not all
 * at once: a virtual queue that moves as fast as uses have ended so far.
 */
export class PlacesInLine {
  #useMs = firstGuessMs;
  #lastAtMs = 0;

  /** Notes how long one use of a connection lasted. */
  note(durationMs: number): void {
    this.#useMs += latestShare * (durationMs - this.#useMs);
  }

  /** Milliseconds from now to the next free place of `countMax` side by side, from 0.1 to 30 seconds. */
  nextMs(countMax: number): number {
    const nowMs = performance.now();
    const latestMs = nowMs + nextMsMax;
    const placeMs = this.#useMs / Math.max(1, countMax);
    this.#lastAtMs = Math.min(Math.max(this.#lastAtMs, nowMs + nextMsMin) + placeMs, latestMs);
    return this.#lastAtMs - nowMs;
  }
}
