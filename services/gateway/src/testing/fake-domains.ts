import { Fault } from '@posthorn/runtime';
import type { DkimKey, Domain, DomainChange } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';
import type { DomainsHow, SendingDomainsDeps } from '../domains/sending-domains.ts';

type Answer = <T>(value: T) => T;

/** For tests: an installation whose DNS knows nothing. */
export const testDomains: DomainsHow = {
  installation: {
    returnPathHost: 'bounces.posthorn.test',
    trackingHost: 't.posthorn.test',
    trackingUrl: 'http://t.posthorn.test',
    spfHost: 'spf.posthorn.test',
  },
  graceMs: 3 * 86_400_000,
  lookup: async () => ({ kind: 'none' }),
};

/** For tests: the store's domains and keys in maps, with the same outcomes; `answer` throws while MongoDB is to be away. */
export function createFakeDomains(answer: Answer) {
  const rows = new Map<string, Domain>();
  const secrets = new Map<string, DkimKey>();
  const own = (accountId: number, id: string): Domain | null => {
    const domain = answer(rows.get(id) ?? null);
    return domain?.accountId === accountId ? domain : null;
  };
  const ofAccount = (accountId: number) =>
    answer([...rows.values()])
      .filter((domain) => domain.accountId === accountId)
      .sort((a, b) => (a.domain < b.domain ? -1 : 1));

  const domains: ApiDeps['store']['domains'] = {
    listVerified: async () => answer([]),
    find: async (accountId, id) => own(accountId, id),
    findNamed: async (accountId, names) =>
      ofAccount(accountId).filter(({ domain }) => names.includes(domain)),
    count: async (accountId) => ofAccount(accountId).length,
    list: async (accountId, { after = '', limit }) =>
      ofAccount(accountId)
        .filter(({ domain }) => domain > after)
        .slice(0, limit),
    async insert(domain) {
      if (ofAccount(domain.accountId).some((one) => one.domain === domain.domain))
        throw new Fault('conflict', 'taken');
      rows.set(domain.id, domain);
    },
    async change({ accountId, id, revision }, change) {
      const domain = own(accountId, id);
      if (domain?.revision !== revision) return null;
      const changed = merge({ ...domain, revision: revision + 1 }, change);
      rows.set(id, changed);
      return changed;
    },
    async delete(accountId, id) {
      const domain = own(accountId, id);
      rows.delete(domain?.id ?? '');
      return domain;
    },
  };
  const dkimKeys: SendingDomainsDeps['dkimKeys'] = {
    insert: async (key) => void secrets.set(answer(key).selector, key),
    delete: async (_accountId, _domain, selectors) => {
      for (const selector of selectors) secrets.delete(selector);
    },
  };
  return { rows, secrets, domains, dkimKeys };
}

/** As the store does: what the change leaves out stays, what it has as undefined goes. */
function merge(domain: Domain, change: DomainChange): Domain {
  const { verifiedAtMs, sendsUntilMs, checkedAtMs, ...rest } = { ...domain, ...change };
  return {
    ...rest,
    ...(verifiedAtMs !== undefined && { verifiedAtMs }),
    ...(sendsUntilMs !== undefined && { sendsUntilMs }),
    ...(checkedAtMs !== undefined && { checkedAtMs }),
  };
}
