import type { DnsLookup } from '@posthorn/domains';

/** Whether reports about a domain may be mailed to an address elsewhere. `unknown`: the DNS could not be asked. */
export type MayMail = (domain: string, addressDomain: string) => Promise<'yes' | 'no' | 'unknown'>;

/**
 * Makes the judge of where reports may be mailed to.
 *
 * Anybody can publish the address of anybody as theirs, and a mail that its recipient never asked for costs our
 * addresses their name: a system that reported to every `rua` was listed for it (facts: mechanics, B11). RFC 8460 has no
 * answer, so one of these must hold:
 *
 * - the address is at the domain itself, below it or above it;
 * - the domain's mail hosts are at the address's domain: whoever runs its mail reads its reports (gmail.com, google.com);
 * - the address's domain says that it takes the domain's reports, by the record that DMARC has for that (RFC 7489,
 *   section 7.1): `<domain>._report._dmarc.<address's domain>`;
 * - the operator trusts the address's domain (`trusted`).
 */
export function createMayMail({
  lookup,
  trusted,
}: {
  lookup: DnsLookup;
  trusted: readonly string[];
}): MayMail {
  return async (domain, addressDomain) => {
    if (isWithin(addressDomain, domain) || isWithin(domain, addressDomain)) return 'yes';
    if (trusted.some((one) => isWithin(addressDomain, one))) return 'yes';
    const [hosts, consent] = await Promise.all([
      lookup('MX', domain),
      lookup('TXT', `${domain}._report._dmarc.${addressDomain}`),
    ]);
    const names = hosts.kind === 'found' ? hosts.values.map((mx) => mx.replace(/^\d+ /, '')) : [];
    if (names.some((host) => isWithin(host, addressDomain))) return 'yes';
    if (consent.kind === 'found' && consent.values.some((text) => /^v=DMARC1\b/.test(text))) return 'yes';
    return hosts.kind === 'unknown' || consent.kind === 'unknown' ? 'unknown' : 'no';
  };
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || (domain.includes('.') && name.endsWith(`.${domain}`));
}
