import { Refusal } from '../errors.ts';

/** Longest stretch that commands together work before the event loop turns. */
const sliceMs = 8;

/** Lets a long command give way to others, and ends it at its `maxTimeMS`. */
export type Pacer = {
  /** True when it is time for `pause`. */
  isDue(): boolean;
  /** Lets the event loop turn. Throws `MaxTimeMSExpired` past the command's time. */
  pause(): Promise<void>;
};

/** Shares the event loop among the commands of all connections. */
export type Turns = {
  /** Starts pacing one command. `maxTimeMs` of 0 means no limit. */
  startPacer(maxTimeMs: number): Pacer;
};

/**
 * Makes the turns of one server.
 *
 * All commands together have one slice a turn, and one of those that wait is resumed a turn: with many of them at
 * work the loop still turns every few milliseconds.
 */
export function createTurns(): Turns {
  let turnStartMs: number | undefined;
  let isScheduled = false;
  const waiting: (() => void)[] = [];

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(turn);
  }

  function turn(): void {
    isScheduled = false;
    turnStartMs = undefined;
    waiting.shift()?.();
    if (waiting.length > 0) schedule();
  }

  function isDue(): boolean {
    if (turnStartMs !== undefined) return performance.now() - turnStartMs > sliceMs;
    turnStartMs = performance.now();
    schedule();
    return false;
  }

  return {
    startPacer(maxTimeMs) {
      const startMs = performance.now();
      const isTooLate = () => maxTimeMs > 0 && performance.now() - startMs > maxTimeMs;
      async function pause(): Promise<void> {
        if (isTooLate()) throw new Refusal('MaxTimeMSExpired', 'operation exceeded time limit');
        schedule();
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return { isDue, pause };
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
