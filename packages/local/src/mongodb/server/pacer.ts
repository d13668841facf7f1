import { Refusal } from '../errors.ts';

/** Longest stretch a command works before others get a turn. */
const sliceMs = 8;

/** Lets a long command give way to others, and ends it at its `maxTimeMS`. */
export type Pacer = {
  /** True when it is time for `pause`. */
  isDue(): boolean;
  /** Lets the event loop turn once. Throws `MaxTimeMSExpired` past the command's time. */
  pause(): Promise<void>;
};

/** Starts pacing one command. `maxTimeMs` of 0 means no limit. */
export function startPacer(maxTimeMs: number): Pacer {
  const startMs = performance.now();
  let sliceStartMs = startMs;
  return {
    isDue: () => performance.now() - sliceStartMs > sliceMs,
    async pause() {
      if (maxTimeMs > 0 && performance.now() - startMs > maxTimeMs) {
        throw new Refusal('MaxTimeMSExpired', 'operation exceeded time limit');
      }
      await new Promise((resolve) => setImmediate(resolve));
      sliceStartMs = performance.now();
    },
  };
}

/** Reads on until a value comes or the source ends (undefined), giving way at the source's pauses. */
export async function nextPaced<T>(source: Iterator<T | undefined>, pacer: Pacer): Promise<T | undefined> {
  for (;;) {
    const { value, done } = source.next();
    if (done) return undefined;
    if (value !== undefined) return value;
    if (pacer.isDue()) await pacer.pause();
  }
}
