import type { DomainRepository } from '@posthorn/store';
import { usableReturnPathHost } from '../sending.ts';
import type { Installation } from '../settings.ts';
import type { SpfHosts } from './judge-spf.ts';

/** Lists the hosts that mail is sent in the name of now. Throws the store's Faults. */
export type ListSpfHosts = () => Promise<SpfHosts>;

const pageSize = 500;

/**
 * Makes it. The SPF that a receiver looks at is that of the return path (RFC 7208, section 2.4): a verified domain's
 * own host where its records were seen, else the installation's.
 */
export function createListSpfHosts({
  domains,
  installation,
}: {
  domains: Pick<DomainRepository, 'listVerified'>;
  installation: Installation | null;
}): ListSpfHosts {
  return async () => {
    const ofDomains = new Set<string>();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page = await domains.listVerified({ after, limit: pageSize });
      for (const domain of page) {
        const host = usableReturnPathHost(domain);
        if (host) ofDomains.add(host);
      }
      after = page.length < pageSize ? undefined : page.at(-1)?.id;
    }
    return {
      own: installation ? [installation.returnPathHost, installation.spfHost] : [],
      ofDomains: [...ofDomains],
      recordHost: installation?.spfHost ?? null,
    };
  };
}
