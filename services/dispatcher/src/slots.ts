/** Runs at most so many pieces of work at once, the rest in the order they came. */
export type Slots = { run<T>(work: () => Promise<T>): Promise<T> };

export function createSlots(countMax: number): Slots {
  const waiting: (() => void)[] = [];
  let freeCount = countMax;

  async function enter(): Promise<void> {
    if (freeCount > 0) {
      freeCount -= 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else freeCount += 1;
      }
    },
  };
}
