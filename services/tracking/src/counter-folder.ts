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

/**
 * Folds what was noted every `intervalMs`, in as few batches as it makes: so a hot counter is rewritten once for
 * hundreds of events. Begins with what an earlier process left. Any number of processes may fold at once; what none
 * has folded yet is added when counters are read.
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
  let hasLooked = false;

  async function round(): Promise<void> {
    if (!hasLooked) for (const accountId of await counters.accountsToFold()) noted.add(accountId);
    hasLooked = true;
    for (const accountId of [...noted]) {
      noted.delete(accountId);
      await foldAll(accountId);
    }
  }

  async function foldAll(accountId: AccountId): Promise<void> {
    try {
      while (!stop.signal.aborted && (await counters.fold(accountId)).isMore);
    } catch (error) {
      noted.add(accountId);
      throw error;
    }
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => {
        if (!isFault(error, 'unavailable')) log.error({ err: error }, 'counting failed');
      });
      await sleep(intervalMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    note: (accountIds) => {
      for (const accountId of accountIds) noted.add(accountId);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}
