import type { Clock } from '@posthorn/runtime';
import { laneIdOf, laneKeysOf, type SiteLane } from '../lane.ts';
import type { ShapingRules } from '../rules/shaping-rules.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';
import { connectScript, releaseScript, renewScript } from './connect-scripts.ts';

/** How long a connection counts after its owner last said that it is there, in milliseconds. */
export const leaseMs = 25_000;
/** How often owners say so, in milliseconds. */
export const renewEveryMs = 8_000;

/** The right to hold one connection. */
export type ConnectionLease = Readonly<{
  /** The connection is closed. A second call does nothing. */
  release: () => void;
}>;

/**
 * Connections from an address to a site, counted over all dispatchers. One whose owner died counts for `leaseMs` more.
 * `owner` must be unique to this run of the process.
 */
export function createConnections({
  redis,
  rules,
  clock,
  owner,
}: {
  redis: ShapingRedis;
  rules: () => ShapingRules;
  clock: Clock;
  owner: string;
}) {
  const connectRedis = createScript(redis, connectScript);
  const renewRedis = createScript(redis, renewScript);
  const releaseRedis = createScript(redis, releaseScript);
  const held = new Map<string, Set<string>>();
  let opened = 0;

  /** Never rejects: what Redis does not hear of runs out by itself. */
  async function release(key: string, names: readonly string[]): Promise<void> {
    const names_ = names.filter((name) => held.get(key)?.delete(name));
    if (held.get(key)?.size === 0) held.delete(key);
    if (names_.length > 0) await releaseRedis([key], names_).catch(() => undefined);
  }

  return {
    /** One more connection, or undefined where there are as many as may be. Rejects with an `unavailable` Fault. */
    async connect(lane: SiteLane): Promise<ConnectionLease | undefined> {
      const keys = laneKeysOf(laneIdOf(lane));
      const { messageRate, burst, connections } = rules().forSite(lane.site);
      opened += 1;
      const name = `${owner}:${opened}`;
      const args = [clock.nowMs(), messageRate.intervalMs, burst, connections, name, leaseMs];
      const key = keys.connections;
      if ((await connectRedis([key, keys.overrides], args)) !== 1) return undefined;
      const names = held.get(key) ?? new Set();
      held.set(key, names.add(name));
      return { release: () => void release(key, [name]) };
    },

    /** Says that all connections are still there. Never rejects. */
    async renew(): Promise<void> {
      const untilMs = clock.nowMs() + leaseMs;
      const renewals = [...held].map(([key, names]) => renewRedis([key], [untilMs, leaseMs, ...names]));
      await Promise.allSettled(renewals);
    },

    async releaseAll(): Promise<void> {
      await Promise.all([...held].map(([key, names]) => release(key, [...names])));
    },
  };
}
