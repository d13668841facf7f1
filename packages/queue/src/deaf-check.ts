import type { HealthCheck } from '@posthorn/runtime';

/** What a look at one worker and its queue sees. */
export type WorkerLook = Readonly<{ active: number; started: number; oldestWaitingMs: number }>;

export type DeafCheck = Readonly<{ check: HealthCheck; close: () => void }>;

/**
 * Notices a worker that hears nothing any more: bags wait, and it neither works nor begins anything.
 *
 * BullMQ's workers have a record of that after failovers, and cannot notice it themselves, so this looks at the
 * queue over another connection. Unknown (Redis away) is not deaf. `onDeaf` is called once; the process should end.
 */
export function createDeafCheck({
  look,
  deafAfterMs,
  onDeaf,
}: {
  look: () => Promise<readonly WorkerLook[]>;
  deafAfterMs: number;
  onDeaf: () => void;
}): DeafCheck {
  const idleSince = new Map<number, { sinceMs: number; started: number }>();
  let isDeaf = false;
  let isLooking = false;
  const timer = setInterval(() => void lookOnce(), Math.max(50, deafAfterMs / 6));

  async function lookOnce(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const looks = await look().catch(() => undefined);
    isLooking = false;
    if (!looks) {
      idleSince.clear();
      return;
    }
    looks.forEach(judge);
  }

  function judge({ active, started, oldestWaitingMs }: WorkerLook, worker: number): void {
    const known = idleSince.get(worker);
    if (active > 0 || oldestWaitingMs === 0 || (known && known.started !== started)) {
      idleSince.delete(worker);
      return;
    }
    if (!known) idleSince.set(worker, { sinceMs: performance.now(), started });
    else if (performance.now() - known.sinceMs > deafAfterMs && !isDeaf) {
      isDeaf = true;
      onDeaf();
    }
  }

  return {
    check: async () =>
      isDeaf ? { ok: false, reason: 'bags wait, and the worker takes none' } : { ok: true },
    close: () => clearInterval(timer),
  };
}
