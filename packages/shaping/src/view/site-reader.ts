import type { Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { laneIdOf, laneKeysOf, type SiteLane } from '../lane.ts';
import { Override } from '../override.ts';
import type { ShapingRules, SiteRules } from '../rules/shaping-rules.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';
import { createLanePages, type LaneQuery } from './lane-pages.ts';
import { overrideIdOf, overrideOf } from './override-id.ts';
import { liftScript, readLaneScript } from './site-scripts.ts';

/** How one site gets mail from one address. */
export type SiteView = SiteLane &
  Readonly<{
    /** Where its rules are written: `defaults`, or a site's block. */
    block: string;
    /** What the rules say. */
    limits: Pick<SiteRules, 'connections' | 'messagesPerConnection' | 'burst'> &
      Readonly<{ messageRate: string }>;
    /** What holds at the moment. */
    inForce: Readonly<{ connections: number; messagesPerMinute: number; suspendedUntilMs?: number }>;
    openConnections: number;
    /** When the last one in line may go, Unix time in milliseconds; absent where nobody waits. */
    lineEndsAtMs?: number;
    overrides: readonly OverrideView[];
  }>;

/** What a reply brought about. */
export type OverrideView = Readonly<{
  id: string;
  rule: string;
  kind: 'suspend' | 'slow';
  /** From `untilMs` to `endMs` the limits come back in steps. */
  state: 'in force' | 'recovering';
  reply: string;
  sinceMs: number;
  untilMs: number;
  endMs: number;
}>;

export type SitePage = Readonly<{ sites: readonly SiteView[]; nextCursor?: string }>;

export type SiteReader = Readonly<{
  /** By site, then by address: those used within the last hour or two, and those with overrides. */
  list: (query: LaneQuery) => Promise<SitePage>;
  /** Takes an override away, seen by all dispatchers at their next question; false where there is none of that id. */
  liftOverride: (id: string) => Promise<boolean>;
}>;

const Read = z.tuple([
  z.coerce.number(),
  z.number(),
  z.number(),
  z.number(),
  z.coerce.number(),
  z.array(z.string().transform((text) => Override.parse(JSON.parse(text)))),
]);

/** Makes the reader of what dispatchers wrote. Its calls reject with an `unavailable` Fault where Redis is away. */
export function createSiteReader({
  redis,
  rules,
  clock,
}: {
  redis: ShapingRedis;
  rules: () => ShapingRules;
  clock: Clock;
}): SiteReader {
  const readLane = createScript(redis, readLaneScript);
  const lift = createScript(redis, liftScript);
  const listLanes = createLanePages({ redis, clock });

  async function view(lane: SiteLane): Promise<SiteView> {
    const { state, overrides, connections } = laneKeysOf(laneIdOf(lane));
    const site = rules().forSite(lane.site);
    const nowMs = clock.nowMs();
    const args = [nowMs, site.messageRate.intervalMs, site.burst, site.connections];
    const found = Read.parse(await readLane([state, overrides, connections], args));
    return viewOf(lane, site, found, nowMs);
  }

  return {
    async list(query) {
      const { lanes, nextCursor } = await listLanes(query);
      const sites = await Promise.all(lanes.map(view));
      return { sites, ...(nextCursor !== undefined && { nextCursor }) };
    },
    async liftOverride(id) {
      const named = overrideOf(id);
      if (!named) return false;
      const keys = laneKeysOf(laneIdOf(named.lane));
      const taken = await lift([keys.state, keys.overrides, keys.matches(named.rule)], [named.rule]);
      return taken === 1;
    },
  };
}

function viewOf(
  lane: SiteLane,
  { block, connections, messagesPerConnection, burst, messageRate }: SiteRules,
  [intervalMs, connectionsNow, suspendedUntilMs, openConnections, lineMs, overrides]: z.output<typeof Read>,
  nowMs: number,
): SiteView {
  const isSuspended = suspendedUntilMs > nowMs;
  return {
    ...lane,
    block,
    limits: { connections, messagesPerConnection, burst, messageRate: messageRate.text },
    inForce: {
      connections: connectionsNow,
      messagesPerMinute: isSuspended ? 0 : Math.round(6_000_000 / intervalMs) / 100,
      ...(isSuspended && { suspendedUntilMs }),
    },
    openConnections,
    ...(lineMs > nowMs && { lineEndsAtMs: Math.ceil(lineMs) }),
    overrides: overrides.map((override) => overrideViewOf(lane, override, nowMs)),
  };
}

function overrideViewOf(lane: SiteLane, override: Override, nowMs: number): OverrideView {
  const { rule, kind, reply, sinceMs, untilMs, endMs } = override;
  const state = nowMs < untilMs ? 'in force' : 'recovering';
  return { id: overrideIdOf(lane, rule), ...{ rule, kind, state, reply, sinceMs, untilMs, endMs } };
}
