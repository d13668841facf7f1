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

/** The pool that a send leaves from: its email's, else its account's; undefined: the installation's default. */
export function poolOf(
  { pool }: Pick<EmailVersion, 'pool'>,
  { settings }: Pick<RenderAccount, 'settings'>,
): PoolName | undefined {
  return pool ?? settings.pool;
}
