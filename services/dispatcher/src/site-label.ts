/** What a site is called in metrics, of which there must be few: each name makes time series of its own. */
export type SiteLabel = (site: string) => string;

/** Sites beyond the named receivers that get a name of their own in this process. */
const ownNamesMax = 20;
/** From so many attempts on. */
const attemptsForName = 100;
/** Sites that are counted at once; the counts of those that never came far are forgotten together. */
const countedMax = 2_000;

/**
 * Makes the names: a named receiver is called by it, one of the first other sites that get much mail by itself, any other
 * `other`. A name once given stays, so that no series breaks off while its site gets mail.
 */
export function createSiteLabel(providerOf: (site: string) => string = () => 'other'): SiteLabel {
  const named = new Set<string>();
  const counts = new Map<string, number>();

  return (site) => {
    const provider = providerOf(site);
    if (provider !== 'other') return provider;
    if (named.has(site)) return site;
    if (named.size >= ownNamesMax) return 'other';
    const count = (counts.get(site) ?? 0) + 1;
    if (count < attemptsForName) {
      if (counts.size >= countedMax) counts.clear();
      counts.set(site, count);
      return 'other';
    }
    counts.delete(site);
    named.add(site);
    return site;
  };
}
