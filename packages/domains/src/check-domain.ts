import type { Clock } from '@posthorn/runtime';
import type { DkimKeyRepository, Domain, DomainRepository } from '@posthorn/store';
import { applyFindings, type CheckPolicy, type Findings } from './apply-findings.ts';
import type { DnsLookup } from './dns-lookup.ts';
import { type ExpectedRecord, expectedRecords } from './expected-records.ts';
import type { Judgement } from './judgement.ts';
import { lookAtRecord } from './look-at-record.ts';
import type { Installation } from './settings.ts';
import type { TrackingProbe } from './tracking-probe.ts';

export type CheckDomainDeps = Readonly<{
  domains: Pick<DomainRepository, 'find' | 'change'>;
  dkimKeys: Pick<DkimKeyRepository, 'delete'>;
  lookup: DnsLookup;
  probe: TrackingProbe;
  installation: Installation;
  policy: CheckPolicy;
  clock: Clock;
}>;

/**
 * Looks at every record of a domain and stores what it saw; the domain as it is then, or null where it was deleted.
 * Throws the store's Faults; trouble with the DNS is stored as such.
 */
export type CheckDomain = (domain: Domain) => Promise<Domain | null>;

/** Times a check is begun again because the domain changed under it; then what others wrote stands. */
const roundsMax = 3;

/** Makes the check. Any number may run at once, also of one domain: what one saw is stored only on what it looked at. */
export function createCheckDomain(deps: CheckDomainDeps): CheckDomain {
  const { domains, dkimKeys, policy, clock } = deps;
  return async (given) => {
    let domain: Domain | null = given;
    for (let round = 0; domain && round < roundsMax; round += 1) {
      const findings = await lookAtAll(domain, deps);
      const changed = await domains.change(domain, applyFindings(domain, findings, clock.nowMs(), policy));
      if (changed) {
        await forgetKeys(domain, changed);
        return changed;
      }
      domain = await domains.find(given.accountId, given.id);
    }
    return domain;
  };

  async function forgetKeys({ accountId, domain, keys }: Domain, after: Domain): Promise<void> {
    const kept = new Set(after.keys.map(({ selector }) => selector));
    const gone = keys.map(({ selector }) => selector).filter((selector) => !kept.has(selector));
    if (gone.length > 0) await dkimKeys.delete(accountId, domain, gone);
  }
}

async function lookAtAll(
  domain: Domain,
  { lookup, probe, installation }: CheckDomainDeps,
): Promise<Findings> {
  const lookAt = async (record: ExpectedRecord): Promise<Judgement> => {
    const judged = await lookAtRecord(record, domain.domain, lookup);
    return record.kind === 'tracking' && judged.kind === 'right' ? probe(record.host) : judged;
  };
  const records = expectedRecords(domain, installation);
  return new Map(
    await Promise.all(records.map(async (record) => [record.name, await lookAt(record)] as const)),
  );
}
