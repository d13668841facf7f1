import type { Clock } from '@posthorn/runtime';
import type { DnsClient } from './dns-client.ts';
import type { FetchStsPolicy, StsFailure } from './sts-fetch.ts';
import { type StsPolicy, stsIdIn } from './sts-policy.ts';
import type { StoredPolicy, StsStore } from './sts-store.ts';

/** Finds the MTA-STS policy that holds for a domain now; undefined without one. Never rejects. */
export type StsPolicies = (domain: string) => Promise<StsPolicy | undefined>;

/** A policy that could not be fetched is not asked for again for this long (RFC 8461, section 3.3: five minutes). */
const failedMs = 300_000;

export type StsPoliciesDeps = Readonly<{
  dns: DnsClient;
  fetchPolicy: FetchStsPolicy;
  store: StsStore;
  clock: Clock;
  onFailure: (domain: string, result: StsFailure) => void;
}>;

/**
 * Makes the finder of policies. One that was seen holds until its `max_age` runs out, also when its record vanishes or
 * it cannot be fetched: taking it away is what an attacker would do (RFC 8461, section 10.2).
 */
export function createStsPolicies({
  dns,
  fetchPolicy,
  store,
  clock,
  onFailure,
}: StsPoliciesDeps): StsPolicies {
  const failedUntilMs = new Map<string, number>();

  async function refresh(domain: string, id: string): Promise<StsPolicy | undefined> {
    if ((failedUntilMs.get(domain) ?? 0) > clock.monotonicMs()) return undefined;
    const fetched = await fetchPolicy(domain);
    if (fetched.kind === 'failed') {
      if (failedUntilMs.size >= 10_000) failedUntilMs.clear();
      failedUntilMs.set(domain, clock.monotonicMs() + failedMs);
      onFailure(domain, fetched.result);
      return undefined;
    }
    const { policy } = fetched;
    await store.put(domain, { id, policy, fetchedAtMs: clock.nowMs() });
    return policy;
  }

  return async (domain) => {
    const [stored, answer] = await Promise.all([store.find(domain), dns.query(`_mta-sts.${domain}`, 'TXT')]);
    const nowMs = clock.nowMs();
    const held = stored && endsAtMs(stored) > nowMs ? stored : undefined;
    const id = answer.kind === 'records' ? stsIdIn(answer.records) : undefined;
    if (id === undefined || (held?.id === id && !isHalfOver(held, nowMs))) return held?.policy;
    return (await refresh(domain, id)) ?? held?.policy;
  };
}

function endsAtMs({ policy, fetchedAtMs }: StoredPolicy): number {
  return fetchedAtMs + policy.maxAgeSeconds * 1_000;
}

function isHalfOver({ policy, fetchedAtMs }: StoredPolicy, nowMs: number): boolean {
  return nowMs - fetchedAtMs > policy.maxAgeSeconds * 500;
}
