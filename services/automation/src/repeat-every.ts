import { setInterval } from 'node:timers/promises';

/**
 * Calls `work` every `everyMs`, one call after the other, until disposed; disposing waits for the call under way. The first
 * call comes after `everyMs`, or now with `beginsNow`. `work` handles its own errors: what it throws rejects the disposal.
 */
export function repeatEvery(
  everyMs: number,
  work: () => Promise<void>,
  { beginsNow = false }: { beginsNow?: boolean } = {},
): AsyncDisposable {
  const stop = new AbortController();

  async function run(): Promise<void> {
    if (beginsNow) await work();
    try {
      for await (const _ of setInterval(everyMs, undefined, { signal: stop.signal })) await work();
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}
