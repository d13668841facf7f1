/**
 * Runs at most so many pieces of work at once. Those of one kind keep the order they came in; of several kinds the one goes
 * on that has the fewest under way, so that one that is slow never holds the others up.
 */
export type Slots = { run<T>(work: () => Promise<T>, kind?: string): Promise<T> };

type Kind = { runningCount: number; readonly waiting: (() => void)[] };

export function createSlots(countMax: number): Slots {
  const kinds = new Map<string, Kind>();
  let freeCount = countMax;

  function kindOf(name: string): Kind {
    const known = kinds.get(name);
    if (known) return known;
    const kind: Kind = { runningCount: 0, waiting: [] };
    kinds.set(name, kind);
    return kind;
  }

  async function enter(kind: Kind): Promise<void> {
    if (freeCount > 0) freeCount -= 1;
    else await new Promise<void>((resolve) => kind.waiting.push(resolve));
    kind.runningCount += 1;
  }

  function leave(kind: Kind): void {
    kind.runningCount -= 1;
    let next: Kind | undefined;
    for (const other of kinds.values()) {
      if (other.waiting.length === 0) continue;
      if (!next || other.runningCount < next.runningCount) next = other;
    }
    const resolve = next?.waiting.shift();
    if (resolve) resolve();
    else freeCount += 1;
  }

  return {
    async run(work, name = '') {
      const kind = kindOf(name);
      await enter(kind);
      try {
        return await work();
      } finally {
        leave(kind);
      }
    },
  };
}
