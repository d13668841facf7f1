import type { PoolName } from '@posthorn/contracts';
import { isFault, type Logger } from '@posthorn/runtime';
import type { Store } from '@posthorn/store';

/**
 * Makes the installation's default pool where nobody did, so that dispatchers which serve all pools see it. Resolves when
 * it is there, which may be long after the start: MongoDB may be away. Never rejects.
 */
export async function ensureDefaultPool(
  { pools, whenReady }: Pick<Store, 'pools' | 'whenReady'>,
  { name, log }: { name: PoolName; log: Logger },
): Promise<void> {
  await whenReady();
  try {
    if (!(await pools.find(name))) await pools.insert({ name, createdAtMs: 0 });
  } catch (error) {
    if (!isFault(error, 'conflict')) log.warn({ pool: name, err: error }, 'default pool could not be made');
  }
}
