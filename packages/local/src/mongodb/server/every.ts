import type { Log } from '../durability/store.ts';

type Job = { pauseMs: number; run: () => Promise<void>; log: Log };

/** Runs a job again and again, never twice at once; disposing waits for the one that runs. A failure is logged. */
export function every({ pauseMs, run, log }: Job): AsyncDisposable {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= run()
      .catch((error: unknown) => log.error({ reason: String(error) }, 'sweep failed'))
      .finally(() => {
        running = undefined;
      });
  }, pauseMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
