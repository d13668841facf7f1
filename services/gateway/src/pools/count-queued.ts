import { dispatchLane, type PoolName } from '@posthorn/contracts';
import { laneDepth, type RedisLink } from '@posthorn/queue';
import { Fault } from '@posthorn/runtime';

/** Counts what is in the queue of a pool: bags that wait, are in hand or are due later, and parked items. */
export function createCountQueued(how: { redis: RedisLink; shards: number }) {
  return async (pool: PoolName): Promise<number> => {
    try {
      const { waiting, active, delayed, parked } = await laneDepth(dispatchLane(pool), how);
      return waiting + active + delayed + parked;
    } catch (cause) {
      throw new Fault('unavailable', 'The queue is not available. Try again shortly.', { cause });
    }
  };
}
