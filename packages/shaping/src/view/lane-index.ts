import type { Clock } from '@posthorn/runtime';
import { laneIdOf, type SiteLane } from '../lane.ts';
import type { Override } from '../override.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';

const hourMs = 3_600_000;
/** Most lanes that are noted in one call. */
const callMax = 1_000;

/** Sorted set by time of end: lanes with overrides. */
export const overridesKey = 'ph:shaping:overrides';

/** Sorted set by name: lanes that were used in the hour. */
export function usedKey(hour: number): string {
  return `ph:shaping:used:${hour}`;
}

export function hourOf(atMs: number): number {
  return Math.floor(atMs / hourMs);
}

/** KEYS: used. ARGV: for how long, lanes. */
const noteScript = `
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 0, ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 0
`;

/** KEYS: overrides. ARGV: now, end, lane. */
const addOverrideScript = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local known = redis.call('ZSCORE', KEYS[1], ARGV[3])
if not known or tonumber(known) < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3]) end
return 0
`;

/** Which lanes there are, for whoever wants to see them: those of this hour and the last, and those with overrides. */
export function createLaneIndex({ redis, clock }: { redis: ShapingRedis; clock: Clock }) {
  const noteInRedis = createScript(redis, noteScript);
  const addToRedis = createScript(redis, addOverrideScript);
  let hour = 0;
  let noted = new Set<string>();
  const fresh: string[] = [];

  return {
    /** Costs nothing for a lane that was noted this hour. */
    note(lane: SiteLane): void {
      const now = hourOf(clock.nowMs());
      if (now !== hour) {
        hour = now;
        noted = new Set();
      }
      const id = laneIdOf(lane);
      if (noted.has(id)) return;
      noted.add(id);
      fresh.push(id);
    },

    /** Never rejects; what Redis did not take is tried again. */
    async flush(): Promise<void> {
      while (fresh.length > 0) {
        const lanes = fresh.splice(0, callMax);
        try {
          await noteInRedis([usedKey(hour)], [3 * hourMs, ...lanes]);
        } catch {
          fresh.push(...lanes);
          return;
        }
      }
    },

    /** Never rejects: an override that is not listed holds all the same. */
    async addOverride(lane: SiteLane, { endMs }: Override): Promise<void> {
      await addToRedis([overridesKey], [clock.nowMs(), endMs, laneIdOf(lane)]).catch(() => undefined);
    },
  };
}
