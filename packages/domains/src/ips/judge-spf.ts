import { isIPv4 } from 'node:net';
import type { DNSResolver } from 'mailauth';
import { spf } from 'mailauth/lib/spf/index.js';
import type { DnsLookup, LookupType } from '../dns-lookup.ts';
import { type IpJudgement, namesOf } from './ip-judgement.ts';

/** The hosts that mail is sent in the name of: domains of return paths. */
export type SpfHosts = Readonly<{
  /** The installation's own: one whose record is broken counts, since every other includes it. */
  own: readonly string[];
  /** Of sending domains. One whose record is missing, or broken for every address, is its owner's to mend and holds no address up. */
  ofDomains: readonly string[];
  /** The host whose record names the addresses; null where it is not known. */
  recordHost: string | null;
}>;

type Covered = Readonly<{
  host: string;
  kind: 'covers' | 'misses' | 'absent' | 'broken' | 'unknown';
  reason: string;
}>;

const atOnce = 20;
/** Longest that one record may take with everything it includes (RFC 7208, section 4.6.4, asks for 20 s at least). */
const timeoutMs = 20_000;

/**
 * Whether the SPF record of every host that mail is sent in the name of passes the address (RFC 7208, check_host).
 *
 * A domain's record that cannot be asked is left out, unless it missed the address before (`missedBefore`): one owner's
 * DNS must not hold up the addresses of all.
 */
export async function judgeSpf(
  address: string,
  { hosts, missedBefore }: Readonly<{ hosts: SpfHosts; missedBefore: readonly string[] }>,
  lookup: DnsLookup,
): Promise<IpJudgement> {
  const own = [...new Set(hosts.own)];
  const others = [...new Set(hosts.ofDomains)].filter((host) => !own.includes(host));
  if (own.length + others.length === 0)
    return { kind: 'passed', message: 'No domain sends yet, so there is no SPF record to ask.' };
  const remember = createMemory(lookup);
  const ownCovered = await evaluateAll(own, address, remember);
  const othersCovered = await evaluateAll(others, address, remember);
  const missing = [
    ...ownCovered.filter(({ kind }) => kind !== 'covers' && kind !== 'unknown'),
    ...othersCovered.filter(
      ({ host, kind }) => kind === 'misses' || (kind === 'unknown' && missedBefore.includes(host)),
    ),
  ];
  if (missing.length > 0) return missed(address, missing, hosts.recordHost);
  const unknown = ownCovered.find(({ kind }) => kind === 'unknown');
  if (unknown) return { kind: 'unknown', reason: `the SPF record of ${unknown.host}: ${unknown.reason}` };
  return passedBut(othersCovered);
}

/** What is the matter with records that hold the address not up. */
function passedBut(covered: readonly Covered[]): IpJudgement {
  const hostsOf = (...kinds: Covered['kind'][]) =>
    covered.filter(({ kind }) => kinds.includes(kind)).map(({ host }) => host);
  const [useless, silent] = [hostsOf('absent', 'broken'), hostsOf('unknown')];
  const messages = [
    ...(useless.length > 0
      ? [`Missing or broken for every address, their owners have to mend them: ${namesOf(useless)}.`]
      : []),
    ...(silent.length > 0 ? [`Could not be asked: ${namesOf(silent)}.`] : []),
  ];
  return messages.length > 0 ? { kind: 'passed', message: messages.join(' ') } : { kind: 'passed' };
}

function missed(address: string, missing: readonly Covered[], recordHost: string | null): IpJudgement {
  const names = missing.map(({ host }) => host);
  const message = adviceFor(missing, recordHost, `${isIPv4(address) ? 'ip4' : 'ip6'}:${address}`);
  return { kind: 'failing', message, found: names.slice(0, 10) };
}

/** What is the matter with the first that is the installation's own matters to all that include it. */
function adviceFor(missing: readonly Covered[], recordHost: string | null, term: string): string {
  const broken = missing.find(({ kind }) => kind === 'broken');
  if (broken)
    return `The SPF record of ${broken.host} is broken (${broken.reason}), so that it passes no address.`;
  const [first] = missing;
  if (first?.kind === 'absent')
    return `${first.host} has no SPF record. Publish: ${first.host} TXT "v=spf1 ${term} ~all".`;
  const names = namesOf(missing.map(({ host }) => host));
  return `The SPF record of ${names} does not cover it. Add ${term} to the record of ${recordHost ?? names}.`;
}

async function evaluateAll(hosts: readonly string[], address: string, lookup: DnsLookup): Promise<Covered[]> {
  const covered: Covered[] = [];
  for (let at = 0; at < hosts.length; at += atOnce) {
    const some = hosts.slice(at, at + atOnce);
    covered.push(...(await Promise.all(some.map((host) => evaluate(host, address, lookup)))));
  }
  return covered;
}

async function evaluate(host: string, address: string, lookup: DnsLookup): Promise<Covered> {
  const { status } = await spf({
    ...{ sender: `postmaster@${host}`, ip: address, helo: host, mta: host, strict: true },
    ...{ resolver: createResolver(lookup), maxElapsedTime: timeoutMs },
  });
  const reason = status.comment || status.result;
  switch (status.result) {
    case 'pass':
      return { host, kind: 'covers', reason };
    case 'temperror':
      return { host, kind: 'unknown', reason };
    case 'permerror':
      return { host, kind: 'broken', reason };
    case 'none':
      return { host, kind: 'absent', reason };
    default:
      return { host, kind: 'misses', reason };
  }
}

/** One answer for each question of a whole check: a thousand domains include the same record. */
function createMemory(lookup: DnsLookup): DnsLookup {
  const answers = new Map<string, ReturnType<DnsLookup>>();
  return (type, host) => {
    const key = `${type} ${host.toLowerCase()}`;
    const answer = answers.get(key) ?? lookup(type, host);
    answers.set(key, answer);
    return answer;
  };
}

const askable = new Set<string>(['TXT', 'MX', 'A', 'AAAA', 'PTR']);

/** Our lookup in the shape of `dns.promises.resolve`, which is what the evaluation asks through. */
function createResolver(lookup: DnsLookup): DNSResolver {
  const resolve = async (host: string, type: string) => {
    if (!isAskable(type)) throw dnsError('ENODATA', 'no such record');
    const answer = await lookup(type, host);
    if (answer.kind === 'none') throw dnsError('ENODATA', 'no such record');
    if (answer.kind === 'unknown') throw dnsError('ESERVFAIL', answer.reason);
    return answer.values.map((value) => recordOf(type, value));
  };
  // The library's type of a resolver knows no MX records, which it asks for and reads as Node gives them.
  return resolve as DNSResolver;
}

function isAskable(type: string): type is LookupType {
  return askable.has(type);
}

function recordOf(type: LookupType, value: string) {
  if (type === 'TXT') return [value];
  if (type !== 'MX') return value;
  const [priority = '0', exchange = ''] = value.split(' ');
  return { priority: Number(priority), exchange: exchange === '.' ? '' : exchange };
}

function dnsError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
