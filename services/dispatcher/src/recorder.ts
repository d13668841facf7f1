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

export function createRecorder(options: { log: Logger; retryMs?: number }): Recorder {
  return new InsistentRecorder(options);
}

class InsistentRecorder implements Recorder {
  readonly #log: Logger;
  readonly #retryMs: number;
  #failingCount = 0;
  #isDisposed = false;
  #clear = Promise.withResolvers<void>();

  constructor({ log, retryMs = 200 }: { log: Logger; retryMs?: number }) {
    this.#log = log;
    this.#retryMs = retryMs;
    this.#clear.resolve();
  }

  async record<T>(write: () => Promise<T>, isOver: () => boolean = () => false): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!isFault(error, 'unavailable') || isOver()) throw error;
      return await this.#insist(write, isOver, error);
    }
  }

  whenClear(): Promise<void> {
    return this.#clear.promise;
  }

  readonly healthCheck: HealthCheck = async () =>
    this.#failingCount === 0
      ? { ok: true }
      : { ok: false, reason: `${this.#failingCount} outcomes are not recorded` };

  [Symbol.dispose](): void {
    this.#isDisposed = true;
  }

  async #insist<T>(write: () => Promise<T>, isOver: () => boolean, first: unknown): Promise<T> {
    let error = first;
    this.#beginFailing(error);
    try {
      while (!isOver() && !this.#isDisposed && isFault(error, 'unavailable')) {
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
        try {
          return await write();
        } catch (next) {
          error = next;
        }
      }
      throw error;
    } finally {
      this.#endFailing();
    }
  }

  #beginFailing(error: unknown): void {
    if (this.#failingCount === 0) {
      this.#clear = Promise.withResolvers<void>();
      this.#log.error({ err: error }, 'outcomes cannot be recorded, sending stops');
    }
    this.#failingCount += 1;
  }

  #endFailing(): void {
    this.#failingCount -= 1;
    if (this.#failingCount > 0) return;
    this.#clear.resolve();
    if (!this.#isDisposed) this.#log.info('sending goes on');
  }
}
