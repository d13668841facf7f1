/** What a use is thought to last before one was seen. */
const firstGuessMs = 100;
const nextMsMin = 50;
const nextMsMax = 15_000;
/** Weight of the latest use in the average, once there were some. */
const latestShare = 0.1;
/**
 * Who comes too early is told again when to come, which costs little; where all come too late connections lie idle. So the
 * line is said to move faster than it does.
 */
const optimism = 0.5;

/**
 * Tells those who found every connection taken when to come again, so that each comes when its turn may be and not all
 * at once: a virtual queue that moves as fast as uses have ended so far.
 */
export class PlacesInLine {
  #useMs = firstGuessMs;
  #useCount = 1;
  #lastAtMs = 0;

  /** Notes how long one use of a connection lasted. */
  note(durationMs: number): void {
    this.#useCount += 1;
    this.#useMs += Math.max(latestShare, 1 / this.#useCount) * (durationMs - this.#useMs);
  }

  /** Milliseconds from now to the next free place of `countMax` side by side, up to 15 seconds. */
  nextMs(countMax: number): number {
    const nowMs = performance.now();
    const latestMs = nowMs + nextMsMax;
    const placeMs = (optimism * this.#useMs) / Math.max(1, countMax);
    this.#lastAtMs = Math.min(Math.max(this.#lastAtMs, nowMs + nextMsMin) + placeMs, latestMs);
    return this.#lastAtMs - nowMs;
  }
}
