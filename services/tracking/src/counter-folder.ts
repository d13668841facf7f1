import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountId } from '@posthorn/contracts';
import { isFault, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';

/** Counts recorded events in the background, account by account. Disposing it waits for the batch in hand. */
export type CounterFolder = AsyncDisposable &
  Readonly<{
    /** Accounts that have events to count. */
    note: (accountIds: Iterable<AccountId>) => void;
  }>;

/** How often to look for what processes that ended have left. */
const lookEveryMs = 60_000;

/**
 * Folds what was noted every `intervalMs`, in as few batches as it makes: so a hot counter is rewritten once for
 * hundreds of events. Begins with what an earlier process left. Any number of processes may fold at once: one that
 * meets another leaves the account for its next round. What nobody has folded yet is added when counters are read.
 */
export function createCounterFolder({
  counters,
  log,
  intervalMs,
}: {
  counters: Pick<Store['counters'], 'fold' | 'accountsToFold'>;
  log: Logger;
  intervalMs: number;
}): CounterFolder {
  const noted = new Set<AccountId>();
  const stop = new AbortController();
  const note = (accountIds: Iterable<AccountId>) => {
    for (const accountId of accountIds) noted.add(accountId);
  };

  async function foldAll(accountId: AccountId): Promise<void> {
    while (!stop.signal.aborted) {
      const { counted, isMore } = await counters.fold(accountId);
      if (!isMore) return;
      if (counted === 0) return note([accountId]);
    }
  }

  async function round(isLookDue: boolean): Promise<void> {
    if (isLookDue) note(await counters.accountsToFold());
    for (const accountId of [...noted]) {
      noted.delete(accountId);
      await foldAll(accountId).catch((error: unknown) => {
        note([accountId]);
        throw error;
      });
    }
  }

  async function run(): Promise<void> {
    const lookEvery = Math.ceil(lookEveryMs / intervalMs);
    let sinceLook = lookEvery;
    while (!stop.signal.aborted) {
      try {
        await round(sinceLook >= lookEvery);
        sinceLook = sinceLook >= lookEvery ? 0 : sinceLook + 1;
      } catch (error) {
        if (!isFault(error, 'unavailable')) log.error({ err: error }, 'counting failed');
      }
      // Not all processes at the same moment.
      const pauseMs = intervalMs * (0.75 + Math.random() / 2);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    note,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}
