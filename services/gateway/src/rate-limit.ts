import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { Principal } from './auth/principal.ts';
import { Refusal } from './http/refusal.ts';
import { type RedisCalls, runScript } from './redis-calls.ts';

export type RateLimitDeps = Readonly<{
  redis: RedisCalls;
  clock: Clock;
  log: Logger;
  /** Calls that one key may make in any ten seconds; 0 sets no limit. */
  callsPerTenSecondsMax: number;
}>;

const windowMs = 10_000;

/**
 * Two fixed windows weighed by how much of each the last ten seconds cover: within a few calls of a rolling window,
 * and two small keys a caller. Returns the calls counted, this one included; a refused call is not counted.
 */
const countScript = `
local before = tonumber(redis.call('GET', KEYS[1]) or '0')
local now = tonumber(redis.call('GET', KEYS[2]) or '0')
local used = now + math.floor(before * tonumber(ARGV[1])) + 1
if used <= tonumber(ARGV[2]) then
  redis.call('INCR', KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return { tostring(used) }`;

/** Counting is given up early: what comes after it needs the rest of the second (row F46). */
const timeoutMs = 150;

/**
 * Makes the ten-second limit (facts: HubSpot, section 7), counted for each key over all gateways.
 *
 * Resolves with HubSpot's headers. Rejects with its 429, `TEN_SECONDLY_ROLLING`, which the official client waits on.
 * While Redis is away nobody is limited: better a burst than a refusal of everyone.
 */
export function createRateLimit({ redis, clock, log, callsPerTenSecondsMax: max }: RateLimitDeps) {
  async function count(keyId: string): Promise<number> {
    const nowMs = clock.nowMs();
    const window = Math.floor(nowMs / windowMs);
    const ofBefore = 1 - (nowMs % windowMs) / windowMs;
    const keys = [window - 1, window].map((at) => `rate:{${keyId}}:${at}`);
    const [used] = await runScript(
      redis,
      countScript,
      keys,
      [ofBefore.toFixed(4), max, 2 * windowMs],
      timeoutMs,
    );
    return Number(used);
  }

  return async ({ keyId }: Pick<Principal, 'keyId'>): Promise<Record<string, string>> => {
    if (max === 0) return {};
    const used = await count(keyId).catch((error: unknown) => {
      if (!isFault(error, 'unavailable')) throw error;
      log.warn({ keyId }, 'call not counted, redis is away');
      return 0;
    });
    const headers = headersOf(max, used);
    if (used > max) throw limited({ ...headers, 'retry-after': String(windowMs / 1_000) });
    return headers;
  };
}

function headersOf(max: number, used: number): Record<string, string> {
  return {
    'x-hubspot-ratelimit-max': String(max),
    'x-hubspot-ratelimit-remaining': String(Math.max(0, max - used)),
    'x-hubspot-ratelimit-interval-milliseconds': String(windowMs),
  };
}

function limited(headers: Record<string, string>): Refusal {
  return new Refusal('rate_limited', 'You have reached your ten_secondly_rolling limit.', {
    policyName: 'TEN_SECONDLY_ROLLING',
    headers,
  });
}
