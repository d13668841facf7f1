import { isIPv4 } from 'node:net';
import type { DnsLookup } from '../dns-lookup.ts';
import { reversedLabelsOf } from './ip-address.ts';
import { type IpJudgement, namesOf } from './ip-judgement.ts';

/** What one list says. `unknown` changes nothing: neither a listing nor the end of one. */
type ZoneAnswer =
  | Readonly<{ zone: string; kind: 'clean' | 'listed' }>
  | Readonly<{ zone: string; kind: 'unknown'; reason: string }>;

/**
 * Whether an address is on a DNS blocklist (RFC 5782).
 *
 * A list that could not be asked is left out, unless it had the address before: then it has to say that it has it no
 * more. Lists in trouble are told from those that list: error codes, answers that no list gives, and a list that has
 * every address, as dead ones do when their domain is sold.
 */
export async function judgeBlocklists(
  address: string,
  { zones, listedBefore }: { zones: readonly string[]; listedBefore: readonly string[] },
  lookup: DnsLookup,
): Promise<IpJudgement> {
  if (zones.length === 0)
    return { kind: 'passed', message: 'No blocklists are configured: DNSBL_ZONES names them.' };
  const answers = await Promise.all(zones.map((zone) => askZone(zone, address, lookup)));
  const unknown = answers.filter((answer) => answer.kind === 'unknown');
  const listed = answers.filter(
    ({ zone, kind }) => kind === 'listed' || (kind === 'unknown' && listedBefore.includes(zone)),
  );
  if (listed.length > 0) return listedOn(listed.map(({ zone }) => zone));
  const troubles = unknown.map(({ zone, reason }) => `${zone}: ${reason}`).join('; ');
  if (unknown.length === zones.length) return { kind: 'unknown', reason: troubles };
  return unknown.length > 0
    ? { kind: 'passed', message: `Some lists could not be asked: ${troubles}.` }
    : { kind: 'passed' };
}

function listedOn(zones: readonly string[]): IpJudgement {
  return {
    ...{ kind: 'failing', found: zones },
    message: `Listed on ${namesOf(zones)}. Find and stop what brought it there, then ask the list to take it off; mail leaves from it again once it is gone there.`,
  };
}

async function askZone(zone: string, address: string, lookup: DnsLookup): Promise<ZoneAnswer> {
  const ask = async (labels: string) => readAnswer(await lookup('A', `${labels}.${zone}`));
  const answer = await ask(reversedLabelsOf(address));
  if (answer.kind === 'listed') {
    // RFC 5782, section 5: 127.0.0.1 must not be on any list.
    const probe = await ask('1.0.0.127');
    if (probe.kind === 'clean') return { zone, kind: 'listed' };
    return { zone, kind: 'unknown', reason: 'it seems to list every address; remove it from DNSBL_ZONES' };
  }
  if (answer.kind === 'clean' && isIPv4(address)) {
    // The same section: 127.0.0.2 must be on every list of IPv4 addresses.
    const probe = await ask('2.0.0.127');
    if (probe.kind === 'clean') return { zone, kind: 'unknown', reason: deaf };
    if (probe.kind === 'unknown') return { zone, ...probe };
  }
  return { zone, ...answer };
}

const deaf = 'it does not know its own test entry; its name is wrong, or it refuses this resolver';

type Read = Readonly<{ kind: 'clean' | 'listed' }> | Readonly<{ kind: 'unknown'; reason: string }>;

/** Error codes: 127.255.255.0/24 (Spamhaus, "DNSBL return codes"), 127.0.0.1 (URIBL and others, for who asks too much). */
function readAnswer(answer: Awaited<ReturnType<DnsLookup>>): Read {
  if (answer.kind === 'none') return { kind: 'clean' };
  if (answer.kind === 'unknown') return answer;
  const code = answer.values.find((value) => value.startsWith('127.255.255.') || value === '127.0.0.1');
  if (code !== undefined) return { kind: 'unknown', reason: errorOf(code) };
  if (answer.values.every((value) => value.startsWith('127.'))) return { kind: 'listed' };
  return { kind: 'unknown', reason: 'it answers with what is no list’s code; is its name right?' };
}

function errorOf(code: string): string {
  if (code === '127.255.255.252') return `it does not know this list (${code}); its name is wrong`;
  if (code === '127.255.255.254')
    return `it refuses public resolvers (${code}); set DNS_SERVERS to resolvers of your own`;
  return `it refuses to answer (${code}); too much was asked, or its terms want a key`;
}
