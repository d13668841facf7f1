import { Fault } from '@posthorn/runtime';
import type { ShapingRedis } from '../run-script.ts';

/** The commands of a Redis client that warm-up needs; ioredis has them. */
export type WarmupRedis = ShapingRedis &
  Readonly<{
    hgetall: (key: string) => Promise<Record<string, string>>;
    del: (...keys: string[]) => Promise<unknown>;
  }>;

/** What is missing where Redis is. */
export const warmupPlans = 'The warm-up plans';

/** What Redis answers. Throws an `unavailable` Fault where it does not. */
export async function reach<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new Fault('unavailable', `${warmupPlans} cannot be reached.`, { cause });
  }
}
