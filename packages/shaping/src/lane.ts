/** What a receiver's limits apply to: one of our addresses and the site it sends to. */
export type SiteLane = Readonly<{
  /** The source address, normalised: `192.0.2.1`, `2001:db8::1`. Never empty. */
  ip: string;
  /** The group of domains that share a set of mail hosts: `google.com`. */
  site: string;
}>;

/** One word for a lane. Lanes sort by site, then by address. No character in it means anything to Redis. */
export function laneIdOf({ ip, site }: SiteLane): string {
  return `${encodeURIComponent(site)}|${encodeURIComponent(ip)}`;
}

/** The lane of a word that `laneIdOf` made; undefined for any other. */
export function laneOf(laneId: string): SiteLane | undefined {
  const [site = '', ip = '', ...rest] = laneId.split('|');
  if (site === '' || ip === '' || rest.length > 0) return undefined;
  try {
    return { ip: decodeURIComponent(ip), site: decodeURIComponent(site) };
  } catch {
    return undefined;
  }
}

/** A lane's keys; one hash tag, since scripts touch several of them. */
export function laneKeysOf(laneId: string) {
  const base = `ph:shaping:{${laneId}}`;
  return {
    /** Hash: when the next message may go, and where the line ends. */
    state: base,
    /** Hash: what replies brought about, by rule. */
    overrides: `${base}:overrides`,
    /** Sorted set: open connections by when they expire. */
    connections: `${base}:connections`,
    /** List: when a rule with a threshold matched last. */
    matches: (rule: string) => `${base}:matches:${rule}`,
  };
}
