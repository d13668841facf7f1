import type { Clock } from '@posthorn/runtime';

/** A worker's hold on one bag. */
export type Lease = Readonly<{
  isFresh: () => boolean;
  release: () => void;
}>;

export type LeaseKeeper = Readonly<{
  /**
   * Keeps renewing the lock until released; calls `onLost` once when another worker took it or it ran out unrenewed.
   *
   * `takenAtMs` is the Unix time at which the lock was asked for.
   */
  hold: (bag: { jobId: string; token: string; takenAtMs: number; onLost: () => void }) => Lease;
  close: () => void;
}>;

type Held = { token: string; renewedAt: Instant; onLost: () => void; isLost: boolean };
type Instant = Readonly<{ wallMs: number; monotonicMs: number }>;

/**
 * Renews the locks of all bags in hand, in one call every third of their time.
 *
 * BullMQ's own renewal reports when the *reply* came; a process paused between the two would believe in a lock that
 * ran out long ago. Here a lock counts from when its renewal was *sent*, and age is the larger of what the wall
 * clock and the monotonic clock say, since either may stand still while the machine does (row B3).
 *
 * `renew` returns the ids whose lock is gone.
 */
export function createLeaseKeeper({
  lockDurationMs,
  clock,
  renew,
}: {
  lockDurationMs: number;
  clock: Clock;
  renew: (jobIds: string[], tokens: string[]) => Promise<readonly string[]>;
}): LeaseKeeper {
  const held = new Map<string, Held>();
  let isRenewing = false;
  const timer = setInterval(() => void tick(), lockDurationMs / 3);

  function now(): Instant {
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  function ageMs({ renewedAt }: Held): number {
    const at = now();
    return Math.max(at.wallMs - renewedAt.wallMs, at.monotonicMs - renewedAt.monotonicMs);
  }

  function lose(jobId: string, lease: Held): void {
    if (lease.isLost) return;
    lease.isLost = true;
    held.delete(jobId);
    lease.onLost();
  }

  async function tick(): Promise<void> {
    for (const [jobId, lease] of held) if (ageMs(lease) > lockDurationMs) lose(jobId, lease);
    if (isRenewing || held.size === 0) return;
    isRenewing = true;
    try {
      await renewAll();
    } finally {
      isRenewing = false;
    }
  }

  async function renewAll(): Promise<void> {
    const sentAt = now();
    const asked = [...held];
    const ids = asked.map(([jobId]) => jobId);
    const lost = await renew(
      ids,
      asked.map(([, { token }]) => token),
    ).catch(() => null);
    if (!lost) return;
    for (const [jobId, lease] of asked) {
      if (held.get(jobId) !== lease) continue;
      if (lost.includes(jobId)) lose(jobId, lease);
      else lease.renewedAt = sentAt;
    }
  }

  return {
    hold({ jobId, token, takenAtMs, onLost }) {
      const at = now();
      const elapsedMs = Math.max(0, at.wallMs - takenAtMs);
      const renewedAt = { wallMs: takenAtMs, monotonicMs: at.monotonicMs - elapsedMs };
      const lease: Held = { token, renewedAt, onLost, isLost: false };
      held.set(jobId, lease);
      return {
        isFresh: () => !lease.isLost && ageMs(lease) < lockDurationMs / 2,
        release: () => {
          if (held.get(jobId) === lease) held.delete(jobId);
        },
      };
    },
    close: () => {
      clearInterval(timer);
      held.clear();
    },
  };
}
