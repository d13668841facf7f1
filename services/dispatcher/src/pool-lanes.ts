import type { Consumer } from '@posthorn/queue';
import type { HealthCheck, Logger } from '@posthorn/runtime';

/** The consumers of all pools that this process serves. Disposing it closes them side by side. */
export type PoolLanes = AsyncDisposable &
  Readonly<{
    /** Opens a consumer for each pool that has none yet. One of a pool that is gone stays: its lane may hold mail. */
    serve: (pools: readonly string[]) => void;
    healthChecks: Readonly<{ live: HealthCheck; ready: HealthCheck }>;
  }>;

export function createPoolLanes({ open, log }: { open: (pool: string) => Consumer; log: Logger }): PoolLanes {
  const consumers = new Map<string, Consumer>();
  let isClosed = false;

  const all =
    (name: keyof Consumer['healthChecks']): HealthCheck =>
    async () => {
      const results = await Promise.all(
        [...consumers.values()].map((consumer) => consumer.healthChecks[name]()),
      );
      return results.find(({ ok }) => !ok) ?? { ok: true };
    };

  return {
    serve(pools) {
      for (const pool of pools) {
        if (isClosed || consumers.has(pool)) continue;
        consumers.set(pool, open(pool));
        log.info({ pool }, 'pool is served');
      }
    },
    healthChecks: { live: all('live'), ready: all('ready') },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await Promise.all([...consumers.values()].map((consumer) => consumer[Symbol.asyncDispose]()));
    },
  };
}
