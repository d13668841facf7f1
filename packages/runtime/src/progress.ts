import type { Clock } from './clock.ts';
import type { HealthCheck } from './health.ts';

/** Work that has to end: how long the oldest of it has been under way is whether a process moves. */
export type Progress = Readonly<{
  /** Runs `work` and counts it as under way until it settles. */
  watch: <T>(work: () => Promise<T>) => Promise<T>;
  /** Fails when something has been under way for longer than the limit: the process is stuck and must be replaced. */
  healthCheck: HealthCheck;
}>;

/** Watches work of which none may take longer than `stuckAfterMs`, because each has a limit of its own far below it. */
export function createProgress({ clock, stuckAfterMs }: { clock: Clock; stuckAfterMs: number }): Progress {
  /** In the order in which they began, so the first is the oldest. */
  const underWay = new Map<symbol, number>();

  return {
    async watch(work) {
      const key = Symbol('work');
      underWay.set(key, clock.monotonicMs());
      try {
        return await work();
      } finally {
        underWay.delete(key);
      }
    },
    async healthCheck() {
      const [oldestMs] = underWay.values();
      const ageMs = oldestMs === undefined ? 0 : clock.monotonicMs() - oldestMs;
      return ageMs <= stuckAfterMs
        ? { ok: true }
        : { ok: false, reason: `nothing ended for ${Math.round(ageMs)} ms` };
    },
  };
}
