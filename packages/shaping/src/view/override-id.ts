import { laneIdOf, laneOf, type SiteLane } from '../lane.ts';

/** Names an override in an API: one for each address, site and rule, so a later one of the same rule has the same id. */
export function overrideIdOf(lane: SiteLane, rule: string): string {
  return Buffer.from(`${laneIdOf(lane)} ${rule}`).toString('base64url');
}

/** What an id names; undefined where it is none of ours. */
export function overrideOf(id: string): { lane: SiteLane; rule: string } | undefined {
  const [laneId = '', rule, ...rest] = Buffer.from(id, 'base64url').toString().split(' ');
  const lane = laneOf(laneId);
  if (!lane || !rule || rest.length > 0 || overrideIdOf(lane, rule) !== id) return undefined;
  return { lane, rule };
}
