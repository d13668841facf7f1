import type { Domain, DomainKey } from '@posthorn/store';
import type { Installation } from './settings.ts';

/** A DNS record that a domain's owner is to publish. */
export type ExpectedRecord = Readonly<{
  /** Its name in `Domain.checks`: a key's selector, or what it is for. */
  name: string;
  kind: 'dkim' | 'return-path-mx' | 'return-path-spf' | 'tracking' | 'dmarc';
  host: string;
  type: 'TXT' | 'MX' | 'CNAME';
  value: string;
  purpose: string;
  /** Whether sending waits for it. */
  required: boolean;
}>;

/** What of a domain decides its records. */
export type DomainNames = Pick<Domain, 'domain' | 'returnPathHost' | 'trackingHost' | 'keys'>;

const optional = { required: false } as const;

/** Everything to publish for a domain: its keys first, those that were replaced too, until they are gone from the DNS. */
export function expectedRecords(domain: DomainNames, installation: Installation): ExpectedRecord[] {
  const { domain: name, trackingHost, keys } = domain;
  return [
    ...keys.map((key) => keyRecord(name, key, keys)),
    ...returnPathRecords(domain, installation),
    ...(installation.trackingHost === null ? [] : [trackingRecord(trackingHost, installation.trackingHost)]),
    {
      ...{ name: 'dmarc', kind: 'dmarc', host: `_dmarc.${name}`, type: 'TXT', ...optional },
      value: 'v=DMARC1; p=none',
      purpose: 'DMARC, recommended: large receivers ask for it. Any policy that you have already will do.',
    },
  ];
}

function returnPathRecords(
  { returnPathHost: host }: DomainNames,
  installation: Installation,
): ExpectedRecord[] {
  return [
    {
      ...{ name: 'return-path-mx', kind: 'return-path-mx', host, type: 'MX', ...optional },
      value: `10 ${installation.returnPathHost}`,
      purpose: 'Return path: bounces come back under your own name. With the next one it makes SPF align.',
    },
    {
      ...{ name: 'return-path-spf', kind: 'return-path-spf', host, type: 'TXT', ...optional },
      value: `v=spf1 include:${installation.spfHost} ~all`,
      purpose: 'SPF of the return path: names the addresses that your mail leaves from.',
    },
  ];
}

function trackingRecord(host: string, value: string): ExpectedRecord {
  return {
    ...{ name: 'tracking', kind: 'tracking', host, type: 'CNAME', value, ...optional },
    purpose: 'Tracking: links and open pixels under your own name. Until it is seen they use ours.',
  };
}

function keyRecord(domain: string, key: DomainKey, keys: readonly DomainKey[]): ExpectedRecord {
  const { selector, algorithm, dnsValue, state } = key;
  const isReplacement = state === 'waiting' && keys.some((one) => one.state === 'active');
  return {
    name: selector,
    kind: 'dkim',
    host: `${selector}._domainkey.${domain}`,
    type: 'TXT',
    value: dnsValue,
    purpose: purposeOf(key, isReplacement),
    required: algorithm === 'rsa-sha256' && state !== 'retired' && !isReplacement,
  };
}

const algorithmNames = { 'rsa-sha256': 'RSA', 'ed25519-sha256': 'Ed25519' } as const;

function purposeOf({ algorithm, state, retiredAtMs = 0 }: DomainKey, isReplacement: boolean): string {
  const name = algorithmNames[algorithm];
  if (state === 'retired') {
    const until = new Date(retiredAtMs + keptAfterMs).toISOString().slice(0, 10);
    return `Old DKIM key (${name}): signs no more. Leave it until ${until} for mail that is on its way, then remove it.`;
  }
  if (isReplacement)
    return `Next DKIM key (${name}): signs once it is seen; until then the present one does.`;
  return algorithm === 'rsa-sha256'
    ? 'DKIM (RSA): proves that mail is yours. Sending begins once it is seen.'
    : 'DKIM (Ed25519): a second, shorter key that signs beside RSA once it is seen.';
}

/** Mail may be retried for two days, and forwarded or looked at later. */
const keptAfterMs = 7 * 86_400_000;
