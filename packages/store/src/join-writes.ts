import { isFault } from '@posthorn/runtime';
import { isAway } from './guard.ts';
import type { WriteRefusal } from './write-refusals.ts';

/** Writes what it is given and returns what was refused, by the item's index. Safe to repeat. */
export type WriteMany<Item> = (items: readonly Item[]) => Promise<readonly WriteRefusal[]>;

type Call<Item> = Readonly<{
  items: readonly Item[];
  resolve: (refusals: readonly WriteRefusal[]) => void;
  reject: (error: unknown) => void;
}>;

/** Items after which no further call joins a write: keeps one well within every time limit. */
const joinedItemsMax = 2_000;

/**
 * Group commit: one write is under way at a time, and the calls that come meanwhile go together in the next. They
 * share a round trip and a flush of the journal, which cost more than what they write; a lone call waits for nobody.
 *
 * Each call gets its own refusals. Where a joint write throws for another reason than the server's absence, every call
 * is written again by itself: none fails for what another brought.
 */
export function joinWrites<Item>(write: WriteMany<Item>): WriteMany<Item> {
  const line: Call<Item>[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    // Calls of the same turn belong to the same write.
    await new Promise((resolve) => setImmediate(resolve));
    while (line.length > 0) await writeTogether(takeFrom(line), write);
    isRunning = false;
  }

  return (items) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly WriteRefusal[]>();
    line.push({ items, resolve, reject });
    if (!isRunning) void run();
    return promise;
  };
}

/** The first call and those after it, up to the bound. */
function takeFrom<Item>(line: Call<Item>[]): Call<Item>[] {
  let count = 0;
  const end = line.findIndex(({ items }, index) => {
    count += items.length;
    return index > 0 && count > joinedItemsMax;
  });
  return line.splice(0, end < 0 ? line.length : end);
}

/** Never rejects: every outcome is its calls'. */
async function writeTogether<Item>(calls: readonly Call<Item>[], write: WriteMany<Item>): Promise<void> {
  try {
    share(calls, await write(calls.flatMap(({ items }) => items)));
  } catch (error) {
    const isHopeless = calls.length === 1 || isAway(error) || isFault(error, 'unavailable');
    if (isHopeless) for (const { reject } of calls) reject(error);
    else for (const call of calls) await writeTogether([call], write);
  }
}

/** Gives each call what was refused of its items, by their index in the call. */
function share<Item>(calls: readonly Call<Item>[], refusals: readonly WriteRefusal[]): void {
  let start = 0;
  for (const { items, resolve } of calls) {
    const [from, end] = [start, start + items.length];
    const its = refusals.filter(({ index }) => index >= from && index < end);
    resolve(its.map((refusal) => ({ ...refusal, index: refusal.index - from })));
    start = end;
  }
}
