import { mastersOf } from './durability.ts';
import type { RedisClient } from './redis-link.ts';

/**
 * Whether Redis has room for new mail.
 *
 * New bags are refused from 80 % of `maxmemory`, so that what is in the queue can still be worked on: at 100 % the
 * scripts that finish a bag would fail too (row B10).
 */
export type MemoryGauge = Readonly<{
  hasRoom: () => Promise<boolean>;
  /** Counts what this process added since Redis was last asked. */
  notePosted: (sizeBytes: number) => void;
}>;

const fullShare = 0.8;
/** Own posts since the last look that make a new look necessary. */
const unseenShare = 0.02;
const lookEveryMs = 250;

export function createMemoryGauge(client: RedisClient): MemoryGauge {
  let used = 0;
  let max = 0;
  let postedBytes = 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const nodes = await Promise.all(mastersOf(client).map((node) => node.info('memory')));
    const fullest = nodes.map(readMemory).toSorted((a, b) => b.used / b.max - a.used / a.max)[0];
    ({ used, max } = fullest ?? { used: 0, max: 0 });
    postedBytes = 0;
  }

  async function lookOnce(): Promise<void> {
    lookedAtMs = performance.now();
    // Where it cannot be asked, the post itself will tell.
    looking ??= look()
      .catch(() => {})
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    async hasRoom() {
      const isNew = lookedAtMs === Number.NEGATIVE_INFINITY;
      const isUnsure = max > 0 && postedBytes > unseenShare * max;
      if (isNew || isUnsure) await lookOnce();
      else if (performance.now() - lookedAtMs > lookEveryMs) void lookOnce();
      return max === 0 || used + postedBytes < fullShare * max;
    },
    notePosted(sizeBytes) {
      postedBytes += sizeBytes;
    },
  };
}

function readMemory(info: string): { used: number; max: number } {
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { used: read('used_memory'), max: read('maxmemory') };
}
