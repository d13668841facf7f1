/** Bounds the bytes of messages or bodies that are in memory at once, over all connections. */
export type ByteBudget = Readonly<{
  /** Takes `bytes` now; false where there is no room. */
  tryTake: (bytes: number) => boolean;
  /** Takes `bytes` as soon as there is room, first come first served; false when that took too long. */
  take: (bytes: number) => Promise<boolean>;
  give: (bytes: number) => void;
  /** Bytes that are taken. */
  used: () => number;
}>;

type Waiting = { bytes: number; grant: (isGranted: boolean) => void };

/** Returns a budget of `bytesMax`, of which nobody waits for a share longer than `waitMs`. */
export function createByteBudget({ bytesMax, waitMs }: { bytesMax: number; waitMs: number }): ByteBudget {
  const queue: Waiting[] = [];
  let used = 0;

  function tryTake(bytes: number): boolean {
    if (used + bytes > bytesMax) return false;
    used += bytes;
    return true;
  }

  function serve(): void {
    for (let first = queue[0]; first && tryTake(first.bytes); first = queue[0]) {
      queue.shift();
      first.grant(true);
    }
  }

  async function waitFor(bytes: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { bytes, grant: resolve };
    queue.push(waiting);
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(waiting), 1);
      resolve(false);
      serve();
    }, waitMs);
    return promise.finally(() => clearTimeout(timer));
  }

  return {
    tryTake,
    take: async (bytes) => {
      if (bytes > bytesMax) return false;
      return queue.length === 0 && tryTake(bytes) ? true : waitFor(bytes);
    },
    give: (bytes) => {
      used -= bytes;
      serve();
    },
    used: () => used,
  };
}
