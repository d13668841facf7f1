import type { Noted, SiteReader, SiteView } from '@posthorn/shaping';

/** For tests: what dispatchers wrote about sites and waiting sends, as the test puts it. */
export function createFakeSites(requireRedis: () => void) {
  const siteRows: SiteView[] = [];
  const notes = new Map<string, Noted[]>();
  const sites: SiteReader = {
    list: async ({ ip, site, limit, after = '0' }) => {
      requireRedis();
      const found = siteRows.filter((row) => (ip ?? row.ip) === row.ip && (site ?? row.site) === row.site);
      const end = Number(after) + limit;
      return {
        sites: found.slice(Number(after), end),
        ...(end < found.length && { nextCursor: String(end) }),
      };
    },
    liftOverride: async (id) => {
      requireRedis();
      return siteRows.some(({ overrides }) => overrides.some((override) => override.id === id));
    },
  };
  const waiting = {
    read: async (statusId: string) => {
      requireRedis();
      return notes.get(statusId);
    },
  };
  return { siteRows, notes, sites, waiting };
}
