import type { Clock } from '@posthorn/runtime';

/** A worker's hold on one bag. */
export type Lease = Readonly<{
  isFresh: () => boolean;
  /** Whether another worker took it, or it ran out unrenewed. */
  isLost: () => boolean;
  release: () => void;
}>;

export type LeaseKeeperOptions = Readonly<{
  lockDurationMs: number;
  clock: Clock;
  /** Renews locks in Redis and returns the ids whose lock is gone. */
  renew: (jobIds: string[], tokens: string[]) => Promise<readonly string[]>;
}>;

type Held = { token: string; renewedAt: Instant; onLost: () => void; isLost: boolean };
type Instant = Readonly<{ wallMs: number; monotonicMs: number }>;

/**
 * Renews the locks of all bags in hand, in one call every third of their time.
 *
 * BullMQ's own renewal reports when the *reply* came; a process paused between the two would believe in a lock that
 * ran out long ago. Here a lock counts from when its renewal was *sent*, and its age is the larger of what the wall
 * clock and the monotonic clock say, since either may stand still while the machine does (row B3).
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, Held>();
  readonly #timer: NodeJS.Timeout;
  #isRenewing = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#tick(), options.lockDurationMs / 3);
  }

  /**
   * Keeps renewing the lock until released; calls `onLost` once when it is lost.
   *
   * `takenAtMs` is the Unix time at which the lock was asked for.
   */
  hold(bag: { jobId: string; token: string; takenAtMs: number; onLost: () => void }): Lease {
    const { jobId, token, takenAtMs, onLost } = bag;
    const now = this.#now();
    const elapsedMs = Math.max(0, now.wallMs - takenAtMs);
    const renewedAt = { wallMs: takenAtMs, monotonicMs: now.monotonicMs - elapsedMs };
    const held: Held = { token, renewedAt, onLost, isLost: false };
    this.#held.set(jobId, held);
    return {
      isFresh: () => !held.isLost && this.#ageMs(held) < this.#options.lockDurationMs / 2,
      isLost: () => held.isLost,
      release: () => void (this.#held.get(jobId) === held && this.#held.delete(jobId)),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#held.clear();
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  }

  #ageMs({ renewedAt }: Held): number {
    const now = this.#now();
    return Math.max(now.wallMs - renewedAt.wallMs, now.monotonicMs - renewedAt.monotonicMs);
  }

  async #tick(): Promise<void> {
    for (const [jobId, held] of this.#held) {
      if (this.#ageMs(held) > this.#options.lockDurationMs) this.#lose(jobId, held);
    }
    if (this.#isRenewing || this.#held.size === 0) return;
    this.#isRenewing = true;
    await this.#renewAll();
    this.#isRenewing = false;
  }

  async #renewAll(): Promise<void> {
    const sentAt = this.#now();
    const asked = [...this.#held];
    const jobIds = asked.map(([jobId]) => jobId);
    const tokens = asked.map(([, { token }]) => token);
    const lost = await this.#options.renew(jobIds, tokens).catch(() => null);
    if (!lost) return;
    for (const [jobId, held] of asked) {
      if (this.#held.get(jobId) !== held) continue;
      if (lost.includes(jobId)) this.#lose(jobId, held);
      else held.renewedAt = sentAt;
    }
  }

  #lose(jobId: string, held: Held): void {
    held.isLost = true;
    this.#held.delete(jobId);
    held.onLost();
  }
}
