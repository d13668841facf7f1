import { Fault } from '@posthorn/runtime';
import { z } from 'zod';

/**
 * Longest a call of ours to Redis may take, where nothing else is said. One call may come before it, and all of them together
 * leave time to answer within a second (row F46).
 */
export const redisTimeoutMs = 800;

/** What of a Redis connection the gateway uses for keys of its own. */
export type RedisCalls = Readonly<{
  eval: (script: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
}>;

/** Runs a Lua script that answers with a list of texts. Throws `Fault('unavailable')` when Redis does not, in time. */
export async function runScript(
  redis: RedisCalls,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
  timeoutMs = redisTimeoutMs,
): Promise<string[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer in time')), timeoutMs);
  try {
    const reply = await Promise.race([redis.eval(script, keys.length, ...keys, ...args), late.promise]);
    return z.array(z.coerce.string()).parse(reply);
  } catch (cause) {
    throw new Fault('unavailable', 'The queue is not available. Try again shortly.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
