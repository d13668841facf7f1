/** Which links of a send were asked for lately, to tell a scanner that follows all of them. In memory and bounded. */
export type LinkBursts = Readonly<{
  /** Notes a click and returns how many different links of the send were asked for within the window, with this one. */
  note: (statusId: string, linkIndex: number, nowMs: number) => number;
}>;

type Burst = { startedMs: number; links: Set<number> };

/** Window that a burst is counted in, from its first click. */
export const burstWindowMs = 2_000;

/**
 * Remembers up to `sendsMax` sends; beyond, the one whose burst began longest ago is forgotten.
 *
 * Each process remembers what came to it. `nowMs` must not go back: it is a monotonic clock's.
 */
export function createLinkBursts({ sendsMax = 10_000 }: { sendsMax?: number } = {}): LinkBursts {
  const bursts = new Map<string, Burst>();

  function forget(nowMs: number): void {
    for (const [statusId, { startedMs }] of bursts) {
      if (bursts.size <= sendsMax && nowMs - startedMs < burstWindowMs) return;
      bursts.delete(statusId);
    }
  }

  return {
    note(statusId, linkIndex, nowMs) {
      forget(nowMs);
      const burst = bursts.get(statusId) ?? { startedMs: nowMs, links: new Set<number>() };
      bursts.set(statusId, burst);
      if (burst.links.size < 100) burst.links.add(linkIndex);
      return burst.links.size;
    },
  };
}
