import { isIP } from 'node:net';
import { broken, type Outcome, refused } from '../outcome.ts';
import type { Refusal } from '../router.ts';
import type { DnsAnswer, DnsClient, DnsData } from './dns-client.ts';
import { isHostName } from './host-name.ts';

/** A host that takes mail for a domain; the lowest preference is tried first. */
export type MailHost = Readonly<{ host: string; preference: number }>;

export type MailHosts =
  | Readonly<{
      kind: 'hosts';
      /** At most `hostsMax`, by preference; those of one preference in no order. */
      hosts: readonly MailHost[];
      /** The resolver validated the records with DNSSEC. */
      isAuthentic: boolean;
      ttlMs: number;
    }>
  | Readonly<{ kind: 'refused'; refusal: Refusal; ttlMs: number }>;

/** Hosts of one domain that are tried; whoever lists more means harm or errs (row F42). */
const hostsMax = 10;

/** What is not there may be there soon, and what fails may work again: neither is remembered for long. */
const absentMs = 60_000;
const failedMs = 20_000;

/** A domain may be new, so one that does not exist is looked up once more before it is believed (row F35). */
const confirmAfterMs = 300_000;

export type FindMailHosts = (domain: string) => Promise<MailHosts>;

/**
 * Makes the step that finds which hosts take mail for a domain: its MX records, or itself where it has none but an
 * address (RFC 5321, section 5.1). A null MX (RFC 7505), a name that does not exist and one that leads nowhere are
 * permanent; a resolver that fails is not, and then nothing else is tried in place of the MX (row F36).
 *
 * `isOurs` says whether a host name is this system's: then it and all that are not preferred to it are left out (row F40).
 */
export function createFindMailHosts({
  dns,
  isOurs,
  random = Math.random,
}: {
  dns: DnsClient;
  isOurs: (host: string) => boolean;
  random?: () => number;
}): FindMailHosts {
  return async (domain) => {
    const answer = await dns.query(domain, 'MX');
    switch (answer.kind) {
      case 'failed':
        return refusal(unanswered(domain, answer.reason), failedMs);
      case 'nxdomain':
        return { ...refusal(noDomain, absentMs), refusal: { outcome: noDomain, confirmAfterMs } };
      case 'none':
        return await implicit(domain, answer, dns);
      case 'records':
        return chosen(answer, { isOurs, random });
    }
  };
}

const noDomain = refused('5.1.2', 'DNS_FAILURE', 'the domain does not exist');
const noHost = refused('5.4.4', 'DNS_FAILURE', 'the domain has neither a mail host nor an address');
const nullMx = refused('5.1.10', 'DNS_FAILURE', '556 5.1.10 the domain takes no mail (null MX)');
const nameless = refused('5.4.4', 'DNS_FAILURE', 'the MX record holds no host name');
const loop = refused('5.4.6', 'DNS_FAILURE', 'mail for the domain loops back to this system');

function unanswered(name: string, reason: string): Outcome {
  return broken('4.4.3', 'DNS_FAILURE', `no answer from DNS about ${name}: ${reason}`);
}

function refusal(outcome: Outcome, ttlMs: number) {
  return { kind: 'refused' as const, refusal: { outcome }, ttlMs };
}

/** Without MX records the domain is its own mail host, if it has an address. */
async function implicit(
  domain: string,
  { ttlMs, isAuthentic }: { ttlMs: number; isAuthentic: boolean },
  dns: DnsClient,
): Promise<MailHosts> {
  const answers = await Promise.all([dns.query(domain, 'A'), dns.query(domain, 'AAAA')]);
  if (answers.some(({ kind }) => kind === 'records')) {
    return { kind: 'hosts', hosts: [{ host: domain, preference: 0 }], isAuthentic, ttlMs };
  }
  const failed = answers.find((answer) => answer.kind === 'failed');
  return failed ? refusal(unanswered(domain, failed.reason), failedMs) : refusal(noHost, absentMs);
}

function chosen(
  { records, isAuthentic, ttlMs }: Extract<DnsAnswer<DnsData['MX']>, { kind: 'records' }>,
  { isOurs, random }: { isOurs: (host: string) => boolean; random: () => number },
): MailHosts {
  // A `.` beside other records is a broken zone: the others count (row F37).
  const named = records.filter(({ exchange }) => exchange !== '.' && exchange !== '');
  if (named.length === 0) return refusal(nullMx, ttlMs);
  const hosts = named.filter(({ exchange }) => !isIP(exchange) && isHostName(exchange));
  if (hosts.length === 0) return refusal(nameless, ttlMs);
  const ours = hosts.filter(({ exchange }) => isOurs(exchange)).map(({ preference }) => preference);
  const better = hosts.filter(({ preference }) => preference < Math.min(...ours));
  if (better.length === 0) return refusal(loop, ttlMs);
  return { kind: 'hosts', hosts: best(better, random), isAuthentic, ttlMs };
}

/** The best ones; where the limit cuts through equals, chance decides which. */
function best(records: readonly DnsData['MX'][], random: () => number): MailHost[] {
  const unique = new Map<string, number>();
  for (const { exchange, preference } of records) {
    unique.set(exchange, Math.min(preference, unique.get(exchange) ?? preference));
  }
  return [...unique]
    .map(([host, preference]) => ({ host, preference, draw: random() }))
    .sort((a, b) => a.preference - b.preference || a.draw - b.draw)
    .slice(0, hostsMax)
    .map(({ host, preference }) => ({ host, preference }));
}
