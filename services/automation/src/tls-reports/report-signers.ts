import { createPrivateKey } from 'node:crypto';
import { chooseDomain, coveringNames, signingSelectors } from '@posthorn/domains';
import { createDkimSigner, type DkimSigner } from '@posthorn/mail';
import type { Clock } from '@posthorn/runtime';
import type { DkimKeyRepository, DomainRepository } from '@posthorn/store';

/** The signers of an account's From domain now; none where no verified domain covers it. Rejects with Faults of the store. */
export type ReportSigners = () => Promise<readonly DkimSigner[]>;

/** Makes the step that finds who signs reports, looked up anew each time: reports are few, and keys change. */
export function createReportSigners({
  domains,
  dkimKeys,
  accountId,
  domain: fromDomain,
  clock,
}: {
  domains: Pick<DomainRepository, 'findNamed'>;
  dkimKeys: Pick<DkimKeyRepository, 'findSelected'>;
  accountId: number;
  domain: string;
  clock: Clock;
}): ReportSigners {
  return async () => {
    const known = await domains.findNamed(accountId, coveringNames(fromDomain));
    const domain = chooseDomain(known, fromDomain, clock.nowMs());
    if (!domain) return [];
    const keys = await dkimKeys.findSelected(accountId, domain.domain, signingSelectors(domain));
    return keys.map(({ privateKeyPem, ...key }) =>
      createDkimSigner({ ...key, key: createPrivateKey(privateKeyPem) }),
    );
  };
}
