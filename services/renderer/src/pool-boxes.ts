import type { DispatchItem, EmailVersion, PoolName } from '@posthorn/contracts';
import type { Postbox } from '@posthorn/queue';
import type { HealthCheck } from '@posthorn/runtime';
import type { RenderAccount } from './account-scope.ts';

/** The ways into the dispatch lanes, one a pool, each opened on first use. Disposing it closes them all. */
export type PoolBoxes = AsyncDisposable &
  Readonly<{
    /** The way into the lane of a pool; undefined: of the installation's default. */
    of: (pool: PoolName | undefined) => Postbox<DispatchItem>;
    /** A check that fails while Redis cannot take mail. */
    isHealthy: () => HealthCheck;
  }>;

/** Makes them; the default pool's is opened at once. */
export function createPoolBoxes({
  defaultPool,
  open,
}: {
  defaultPool: PoolName;
  open: (pool: PoolName) => Postbox<DispatchItem>;
}): PoolBoxes {
  const boxes = new Map([[defaultPool, open(defaultPool)]]);
  const boxOf = (pool: PoolName = defaultPool) => {
    const box = boxes.get(pool) ?? open(pool);
    boxes.set(pool, box);
    return box;
  };
  return {
    of: boxOf,
    isHealthy: () => boxOf().isHealthy(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Array.from(boxes.values(), (box) => box[Symbol.asyncDispose]()));
    },
  };
}

/**
 * Returns the pool that a send leaves from: its email's, else its account's; undefined stands for the installation's
 * default.
 *
 * An email's pool counts while the account may send by it. Once an operator has taken the pool back, the email's sends
 * leave as if it named none: mail that somebody waits for is not lost over an operator's change.
 */
export function poolOf(
  { pool }: Pick<EmailVersion, 'pool'>,
  { settings, pools }: Pick<RenderAccount, 'settings' | 'pools'>,
): PoolName | undefined {
  if (pool === undefined) return settings.pool;
  // An account from before there were grants has no list yet, and goes on as it did.
  return pools === undefined || pools.includes(pool) ? pool : settings.pool;
}
