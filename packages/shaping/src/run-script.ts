import { createHash } from 'node:crypto';
import { Fault } from '@posthorn/runtime';

/** What of a Redis client shaping needs; ioredis has it. */
export type ShapingRedis = Readonly<{
  evalsha: (sha1: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
  eval: (script: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
}>;

export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/**
 * Makes a caller of `script` that sends its text only where Redis does not have it, as after a restart.
 *
 * Throws an `unavailable` Fault where Redis is away.
 */
export function createScript(
  redis: ShapingRedis,
  script: string,
  whatIsAway = 'The limits of the sites',
): RunScript {
  const sha1 = createHash('sha1').update(script).digest('hex');

  return async (keys, args) => {
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...args).catch((error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return redis.eval(script, keys.length, ...keys, ...args);
      });
    } catch (cause) {
      throw new Fault('unavailable', `${whatIsAway} cannot be reached.`, { cause });
    }
  };
}
