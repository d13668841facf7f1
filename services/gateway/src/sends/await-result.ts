import { setTimeout as sleep } from 'node:timers/promises';
import type { SendStatusView } from '@posthorn/contracts';
import { type Clock, isFault } from '@posthorn/runtime';
import type { SendLookup } from './send-lookup.ts';

export type AwaitResultDeps = Readonly<{
  findSend: SendLookup;
  clock: Clock;
  /** Longest wait. */
  waitMs: number;
  /** Waits; for tests. */
  pause?: (ms: number) => Promise<unknown>;
}>;

const firstPauseMs = 20;

/**
 * Makes the wait for a send to be sent or dropped: its status as soon as it is COMPLETE, or null after `waitMs`, or at
 * once when MongoDB is away. Pauses double between looks, so a wait asks at most about eight times.
 */
export function createAwaitResult({ findSend, clock, waitMs, pause = sleep }: AwaitResultDeps) {
  return async (accountId: number, statusId: string): Promise<SendStatusView | null> => {
    const endsAtMs = clock.monotonicMs() + waitMs;
    for (let pauseMs = firstPauseMs; clock.monotonicMs() < endsAtMs; pauseMs *= 2) {
      await pause(Math.min(pauseMs, Math.max(endsAtMs - clock.monotonicMs(), 1)));
      const found = await findSend(accountId, statusId).catch((error: unknown) => {
        if (isFault(error, 'unavailable')) return null;
        throw error;
      });
      if (found === null) return null;
      if (found.view.status === 'COMPLETE') return found.view;
    }
    return null;
  };
}
export type AwaitResult = ReturnType<typeof createAwaitResult>;
