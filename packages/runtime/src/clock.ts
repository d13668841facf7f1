/** The only source of wall-clock time in product code, so that tests can hold it still. */
export type Clock = Readonly<{
  /** Unix time in milliseconds. May jump when the machine's clock is set. */
  nowMs: () => number;
  /** Milliseconds from an arbitrary start that never go back: for durations and leases. */
  monotonicMs: () => number;
}>;

export const systemClock: Clock = Object.freeze({
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/** A clock for tests that moves only when told to. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): Clock & { advance: (ms: number) => void } {
  let elapsedMs = 0;
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    advance: (ms) => {
      elapsedMs += ms;
    },
  };
}
