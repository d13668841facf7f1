import type { Domain } from '@posthorn/store';

/** The names whose domains cover a From domain: itself and its parents, the closest first. */
export function coveringNames(fromDomain: string): string[] {
  const labels = fromDomain.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}

/** Whether mail may leave from the domain now: it is verified, or was and its time of grace is not over. */
export function canSend({ state, sendsUntilMs = 0 }: Domain, nowMs: number): boolean {
  return state === 'verified' || (state === 'failing' && nowMs < sendsUntilMs);
}

/**
 * The domain that signs for a From domain: the closest of those given that covers it and may send now.
 *
 * A verified domain covers its subdomains, as its signature aligns with them under relaxed DMARC (RFC 7489, section
 * 3.1.1). An owner whose policy is strict (`adkim=s`) connects the subdomain itself, which then is the closest.
 */
export function chooseDomain(
  domains: readonly Domain[],
  fromDomain: string,
  nowMs: number,
): Domain | undefined {
  return coveringNames(fromDomain)
    .flatMap((name) => domains.filter(({ domain }) => domain === name))
    .find((domain) => canSend(domain, nowMs));
}

/** The selectors of the keys that sign: one for each algorithm, RSA first. */
export function signingSelectors({ keys }: Domain): string[] {
  const active = keys.filter(({ state }) => state === 'active');
  return (['rsa-sha256', 'ed25519-sha256'] as const).flatMap((wanted) =>
    active.filter(({ algorithm }) => algorithm === wanted).map(({ selector }) => selector),
  );
}

/** The domain's own host for links and pixels, where its record was seen; else null. */
export function usableTrackingHost({ checks, trackingHost }: Domain): string | null {
  return checks['tracking']?.state === 'verified' ? trackingHost : null;
}

/** The domain's own host for bounces, where both its records were seen; else null. */
export function usableReturnPathHost({ checks, returnPathHost }: Domain): string | null {
  const isSeen = ['return-path-mx', 'return-path-spf'].every((name) => checks[name]?.state === 'verified');
  return isSeen ? returnPathHost : null;
}
