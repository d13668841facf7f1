import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';
import type { DueReport, DueReports } from './due-reports.ts';
import { givenUpAtMs, type SendReport } from './send-report.ts';

export type TlsReporterDeps = Readonly<{
  due: DueReports;
  send: SendReport;
  /** Pause between two looks for what is due. */
  lookEveryMs: number;
  clock: Clock;
  log: Logger;
}>;

/** Sends TLS reports in the background. Disposing it waits for those in hand. */
export type TlsReporter = AsyncDisposable & Readonly<{ healthCheck: HealthCheck }>;

/** Longer than a report to four slow servers takes. */
const leaseMs = 5 * 60_000;
/** Reports sent at once: most of the time goes to waiting for servers. */
const concurrency = 4;
const deafAfterMs = 10 * 60_000;
const laterBounds = { minMs: 15 * 60_000, maxMs: 4 * 3_600_000 };
const dayMs = 86_400_000;

/**
 * Sends each report when it is due. Any number of processes may do so: the list gives a report to one of them, and to
 * another if that one ended in the middle. What fails comes again after ever longer pauses until it is given up.
 */
export function createTlsReporter({ due, send, lookEveryMs, clock, log }: TlsReporterDeps): TlsReporter {
  const stop = new AbortController();
  let lastRoundMs = clock.monotonicMs();

  async function sendOne(report: DueReport): Promise<void> {
    const outcome = await send(report).catch((error: unknown) => {
      if (!isFault(error, 'unavailable'))
        log.error({ ...report, err: error }, 'tls report could not be made');
      return 'later' as const;
    });
    const nowMs = clock.nowMs();
    if (outcome === 'later' && nowMs < givenUpAtMs(report))
      return await due.later(report, nowMs + pauseMs(report, nowMs));
    if (outcome === 'later') log.warn({ ...report }, 'tls report given up');
    await due.done(report);
  }

  async function sendAll(): Promise<void> {
    while (!stop.signal.aborted) {
      const report = await due.take(clock.nowMs(), leaseMs);
      lastRoundMs = clock.monotonicMs();
      if (!report) return;
      await sendOne(report);
    }
  }

  async function round(): Promise<void> {
    const results = await Promise.allSettled(Array.from({ length: concurrency }, sendAll));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => log.warn({ err: error }, 'looking for due tls reports failed'));
      const pause = lookEveryMs * (0.75 + Math.random() / 2);
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    healthCheck: async () =>
      clock.monotonicMs() - lastRoundMs < deafAfterMs
        ? { ok: true }
        : { ok: false, reason: 'no TLS report was looked for for ten minutes' },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Half as long as the day is over. */
function pauseMs({ day }: DueReport, nowMs: number): number {
  const overMs = nowMs - Date.parse(`${day}T00:00:00Z`) - dayMs;
  return Math.min(Math.max(overMs / 2, laterBounds.minMs), laterBounds.maxMs);
}
