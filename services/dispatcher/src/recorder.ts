import { type HealthCheck, isFault, type Logger } from '@posthorn/runtime';

/**
 * Writes down what happened, however long that takes.
 *
 * A delivered message whose outcome is not recorded would be sent again, so an outcome is kept in memory and tried until
 * it is written, and meanwhile nothing new is sent (row F47; KumoMTA's lesson). What a crash does then is bounded by the
 * marks: as many duplicates as deliveries were waiting to be recorded.
 */
export type Recorder = Disposable & {
  /**
   * Does `write` until it succeeds; only `unavailable` Faults are tried again, anything else is thrown, and so is the
   * Fault once `isOver` says that trying is pointless.
   */
  record<T>(write: () => Promise<T>, isOver?: () => boolean): Promise<T>;
  /** Resolves when everything that happened is written down: the moment to send more. */
  whenClear(): Promise<void>;
  healthCheck: HealthCheck;
};

export function createRecorder({ log, retryMs = 200 }: { log: Logger; retryMs?: number }): Recorder {
  let failingCount = 0;
  let isDisposed = false;
  let clear = Promise.withResolvers<void>();
  clear.resolve();

  function beginFailing(error: unknown): void {
    if (failingCount === 0) {
      clear = Promise.withResolvers<void>();
      log.error({ err: error }, 'outcomes cannot be recorded, sending stops');
    }
    failingCount += 1;
  }

  function endFailing(): void {
    failingCount -= 1;
    if (failingCount > 0) return;
    clear.resolve();
    if (!isDisposed) log.info('outcomes are recorded again, sending goes on');
  }

  async function insist<T>(write: () => Promise<T>, isOver: () => boolean, first: unknown): Promise<T> {
    beginFailing(first);
    let error = first;
    try {
      while (!isOver() && !isDisposed && isFault(error, 'unavailable')) {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
        try {
          return await write();
        } catch (next) {
          error = next;
        }
      }
      throw error;
    } finally {
      endFailing();
    }
  }

  return {
    async record(write, isOver = () => false) {
      try {
        return await write();
      } catch (error) {
        if (!isFault(error, 'unavailable') || isOver()) throw error;
        return await insist(write, isOver, error);
      }
    },
    whenClear: () => clear.promise,
    healthCheck: async () =>
      failingCount === 0 ? { ok: true } : { ok: false, reason: `${failingCount} outcomes are not recorded` },
    [Symbol.dispose]: () => {
      isDisposed = true;
    },
  };
}
