import type { Clock } from '@posthorn/runtime';
import { BoundedMap } from './work/bounded-map.ts';

/** Templates that ended a thread lately. What is tried of them takes one thread at most. */
export type Suspects = Readonly<{
  has: (versionKey: string) => boolean;
  /** The template ended a thread now. */
  add: (versionKey: string) => void;
  /** Runs `work` unless other such work is under way: then undefined. */
  tryAlone: <Result>(work: () => Promise<Result>) => Promise<Result | undefined>;
}>;

/** How long a template is suspected after the last thread that it ended. */
const suspectMs = 60_000;
/** More templates than this do not go wrong in a minute; the oldest are forgotten. */
const suspectsMax = 1_000;

export function createSuspects(clock: Clock): Suspects {
  const untilMs = new BoundedMap<string, number>(suspectsMax);
  let isBusy = false;
  return {
    has: (versionKey) => clock.nowMs() < (untilMs.get(versionKey) ?? 0),
    add: (versionKey) => void untilMs.set(versionKey, clock.nowMs() + suspectMs),
    async tryAlone(work) {
      if (isBusy) return undefined;
      isBusy = true;
      try {
        return await work();
      } finally {
        isBusy = false;
      }
    },
  };
}
