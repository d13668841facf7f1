import { createHash } from 'node:crypto';
import { Fault } from '@posthorn/runtime';

/** The commands of a Redis client that warm-up needs; ioredis has them. */
export type WarmupRedis = Readonly<{
  evalsha: (sha1: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
  eval: (script: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
  hgetall: (key: string) => Promise<Record<string, string>>;
  del: (...keys: string[]) => Promise<unknown>;
}>;

/**
 * Makes a caller of `script` that sends its text only where Redis does not have it, as after a restart.
 *
 * Throws an `unavailable` Fault where Redis is away.
 */
export function createScriptRun(redis: WarmupRedis, script: string) {
  const sha1 = createHash('sha1').update(script).digest('hex');

  return async (keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> =>
    reach(
      redis.evalsha(sha1, keys.length, ...keys, ...args).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return redis.eval(script, keys.length, ...keys, ...args);
      }),
    );
}

/** What Redis answers. Throws an `unavailable` Fault where it does not. */
export async function reach<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new Fault('unavailable', 'The warm-up plans cannot be reached.', { cause });
  }
}
