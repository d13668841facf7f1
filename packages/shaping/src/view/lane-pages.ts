import type { Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { laneOf, type SiteLane } from '../lane.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';
import { hourOf, overridesKey, usedKey } from './lane-index.ts';
import { overriddenScript, usedPageScript } from './site-scripts.ts';

export type LaneQuery = Readonly<{
  ip?: string | undefined;
  site?: string | undefined;
  limit: number;
  /** `nextCursor` of the page before. */
  after?: string | undefined;
}>;

export type LanePage = Readonly<{ lanes: readonly SiteLane[]; nextCursor?: string }>;

/** Names looked at in one call, and calls for one page: an address that few lanes have is looked for no further. */
const batch = { size: 500, callsMax: 40 };

const Names = z.array(z.string());

/** Makes the reader of the lanes that were used in this hour or the last, or have overrides: by site, then by address. */
export function createLanePages({ redis, clock }: { redis: ShapingRedis; clock: Clock }) {
  const readUsed = createScript(redis, usedPageScript);
  const readOverridden = createScript(redis, overriddenScript);

  /** The names from `from` to `to`, as far as all sources have told theirs. */
  async function namesAfter(from: string, to: string, overridden: readonly string[]) {
    const hour = hourOf(clock.nowMs());
    const pages = await Promise.all(
      [hour, hour - 1].map(async (at) => Names.parse(await readUsed([usedKey(at)], [from, to, batch.size]))),
    );
    const ends = pages.flatMap((page) => (page.length < batch.size ? [] : (page.at(-1) ?? [])));
    const end = ends.sort()[0];
    const names = [...new Set([...pages.flat(), ...overridden])].sort();
    return {
      names: end === undefined ? names : names.filter((name) => name <= end),
      isLast: end === undefined,
    };
  }

  return async function listLanes({ ip, site, limit, after = '' }: LaneQuery): Promise<LanePage> {
    const prefix = site === undefined ? '' : `${encodeURIComponent(site)}|`;
    const ending = ip === undefined ? '' : `|${encodeURIComponent(ip)}`;
    const all = Names.parse(await readOverridden([overridesKey], [clock.nowMs()]));
    const to = prefix === '' ? '+' : `[${prefix}~`;
    const found: string[] = [];
    let cursor = after;
    for (let call = 0; call < batch.callsMax; call += 1) {
      const from = cursor > prefix ? `(${cursor}` : prefix === '' ? '-' : `[${prefix}`;
      const overridden = all.filter((name) => name > cursor && name.startsWith(prefix));
      const { names, isLast } = await namesAfter(from, to, overridden);
      found.push(...names.filter((name) => name.endsWith(ending)));
      cursor = names.at(-1) ?? cursor;
      if (found.length > limit) return pageOf(found.slice(0, limit), found[limit - 1]);
      if (isLast) return pageOf(found);
    }
    return pageOf(found, cursor);
  };
}

function pageOf(names: readonly string[], nextCursor?: string): LanePage {
  const lanes = names.flatMap((name) => laneOf(name) ?? []);
  return { lanes, ...(nextCursor !== undefined && { nextCursor }) };
}
