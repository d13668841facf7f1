import type { Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { laneIdOf, laneKeysOf, type SiteLane } from '../lane.ts';
import { Override } from '../override.ts';
import type { ShapingRules, SiteRules } from '../rules/shaping-rules.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';
import { askScript, giveBackScript } from './ask-script.ts';
import type { Leave } from './leave.ts';
import { waitReasonOf } from './wait-reason.ts';

/** Longest delay that is ever given, in milliseconds: a lifted override and new rules take effect within it. */
export const delayMsMax = 5 * 60_000;
/** Over how long the demand is looked at that says how many spare leaves to take, in milliseconds. */
const demandMs = 100;
/** A lane that was not asked for so long is forgotten here, in milliseconds. */
const idleMs = 60_000;

export type LeavesDeps = Readonly<{
  redis: ShapingRedis;
  rules: () => ShapingRules;
  clock: Clock;
  /** From 0 up to but not 1. */
  random: () => number;
}>;

type Asker = PromiseWithResolvers<Leave>;

/** What this process knows of one lane. */
type Local = {
  readonly lane: SiteLane;
  readonly keys: ReturnType<typeof laneKeysOf>;
  readonly askers: Asker[];
  isAsking: boolean;
  /** Spare leaves, and until when (monotonic) they may be used. */
  spare: number;
  spareUntilMs: number;
  /** What a `go` says beside leave. */
  go: Leave & { kind: 'go' };
  /** The last grant, where it had no spare leaves: what it takes to put leaves of it back. */
  last: { tat: string; intervalMs: number; leaves: number } | undefined;
  /** Leaves on their way back, which the next question waits for. Never rejects. */
  returning: Promise<void>;
  demand: { sinceMs: number; count: number; before: number };
};

/**
 * Leaves to send, counted over all dispatchers. Those who ask for a lane while an answer of Redis is awaited share the next
 * question; a busy lane takes some leaves more than were asked for, which cost nothing when they are used.
 */
export function createLeaves({ redis, rules, clock, random }: LeavesDeps) {
  const locals = new Map<string, Local>();
  const askRedis = createScript(redis, askScript);
  const giveBackToRedis = createScript(redis, giveBackScript);

  async function answer(local: Local): Promise<void> {
    while (local.askers.length > 0) {
      const askers = local.askers.splice(0);
      try {
        await answerAll(local, askers);
      } catch (error) {
        for (const { reject } of askers) reject(error);
      }
    }
    local.isAsking = false;
  }

  async function answerAll(local: Local, askers: readonly Asker[]): Promise<void> {
    const { lane, keys } = local;
    await local.returning;
    const site = rules().forSite(lane.site);
    const nowMs = clock.nowMs();
    const limits = [site.messageRate.intervalMs, site.burst, site.connections] as const;
    const args = [nowMs, askers.length, spareWanted(local.demand), ...limits, delayMsMax];
    const found = Asked.parse(await askRedis([keys.state, keys.overrides], args));

    const { connections, leaves, holdMs, intervalMs } = found;
    local.go = { kind: 'go', connectionsMax: connections, messagesPerConnection: site.messagesPerConnection };
    local.spare = Math.max(0, leaves - askers.length);
    local.spareUntilMs = clock.monotonicMs() + holdMs;
    local.last = local.spare === 0 && leaves > 0 ? { tat: found.tat, intervalMs, leaves } : undefined;
    for (const [at, asker] of askers.entries()) {
      if (at < leaves) asker.resolve(local.go);
      else {
        const placeMs = found.firstMs + (at - leaves) * intervalMs;
        asker.resolve(waitOf(lane, site, found, { placeMs, nowMs, random }));
      }
    }
  }

  async function putBack(local: Local): Promise<void> {
    const { last, keys } = local;
    if (!last || last.leaves === 0) return;
    const tat = await giveBackToRedis([keys.state], [last.tat, last.intervalMs]).catch(() => '');
    last.leaves = tat === '' ? 0 : last.leaves - 1;
    last.tat = String(tat);
  }

  return {
    ask(lane: SiteLane): Promise<Leave> {
      const local = localOf(locals, lane);
      const nowMs = clock.monotonicMs();
      countDemand(local.demand, nowMs);
      if (local.spare > 0 && nowMs <= local.spareUntilMs) {
        local.spare -= 1;
        return Promise.resolve(local.go);
      }
      const asker: Asker = Promise.withResolvers();
      local.askers.push(asker);
      if (!local.isAsking) {
        local.isAsking = true;
        queueMicrotask(() => void answer(local));
      }
      return asker.promise;
    },

    /** Resolves when it is back; never rejects. One that cannot be put back is lost, which only makes the lane slower. */
    giveBack(lane: SiteLane): Promise<void> | undefined {
      const local = locals.get(laneIdOf(lane));
      if (!local) return undefined;
      if (!local.last) {
        if (clock.monotonicMs() <= local.spareUntilMs) local.spare += 1;
        return undefined;
      }
      local.returning = local.returning.then(() => putBack(local));
      return local.returning;
    },

    /** The lane's limits changed: spare leaves are of the old ones. */
    forget(lane: SiteLane): void {
      const local = locals.get(laneIdOf(lane));
      if (local) local.spare = 0;
    },

    /** Forgets lanes that nobody asks for any more. */
    sweep(): void {
      const nowMs = clock.monotonicMs();
      for (const [id, { demand, isAsking }] of locals) {
        if (!isAsking && nowMs - demand.sinceMs > idleMs) locals.delete(id);
      }
    },
  };
}

/** What the script answers, by place. */
const Asked = z
  .tuple([
    z.number(),
    z.number(),
    z.coerce.number(),
    z.number(),
    z.coerce.number(),
    z.string(),
    z.number(),
    z.string(),
  ])
  .transform(([leaves, holdMs, intervalMs, connections, firstMs, tat, suspendedUntilMs, override]) => ({
    ...{ leaves, holdMs, intervalMs, connections, firstMs, tat, suspendedUntilMs },
    override: override === '' ? undefined : Override.parse(JSON.parse(override)),
  }));

function localOf(locals: Map<string, Local>, lane: SiteLane): Local {
  const id = laneIdOf(lane);
  const known = locals.get(id);
  if (known) return known;
  const local: Local = {
    lane,
    keys: laneKeysOf(id),
    askers: [],
    isAsking: false,
    spare: 0,
    spareUntilMs: 0,
    go: { kind: 'go', connectionsMax: 1, messagesPerConnection: 1 },
    last: undefined,
    returning: Promise.resolve(),
    demand: { sinceMs: -Infinity, count: 0, before: 0 },
  };
  locals.set(id, local);
  return local;
}

function countDemand(demand: Local['demand'], nowMs: number): void {
  if (nowMs - demand.sinceMs >= demandMs) {
    demand.before = nowMs - demand.sinceMs < 2 * demandMs ? demand.count : 0;
    demand.count = 0;
    demand.sinceMs = nowMs;
  }
  demand.count += 1;
}

/** Half of what was asked for in a like time just before: what is not used in time is lost to the others. */
function spareWanted({ before, count }: Local['demand']): number {
  return Math.floor(Math.max(before, count - 1) / 2);
}

function waitOf(
  { site }: SiteLane,
  rules: SiteRules,
  found: z.output<typeof Asked>,
  { placeMs, nowMs, random }: { placeMs: number; nowMs: number; random: () => number },
): Leave {
  const isFar = placeMs > nowMs + delayMsMax;
  const delayMs = isFar ? delayMsMax * (0.8 + 0.2 * random()) : placeMs - nowMs;
  return {
    kind: 'wait',
    delayMs: Math.max(1, Math.ceil(delayMs)),
    ...waitReasonOf(site, rules, { ...found, placeMs }),
  };
}
