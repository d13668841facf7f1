import { isIPv4 } from 'node:net';
import type { DnsLookup } from '../dns-lookup.ts';
import { normalizeAddress, reverseNameOf } from './ip-address.ts';
import type { IpJudgement } from './ip-judgement.ts';

/** What of an address its names are held against. */
export type NamedAddress = Readonly<{ address: string; ehloName: string }>;

/**
 * Whether the PTR record of an address names what it says in EHLO: receivers refuse mail from an address without a name,
 * and distrust one that calls itself otherwise (RFC 5321, section 4.1.4; Google's sender guidelines ask for both).
 */
export async function judgePtr({ address, ehloName }: NamedAddress, lookup: DnsLookup): Promise<IpJudgement> {
  const answer = await lookup('PTR', reverseNameOf(address));
  const ask = `Ask whoever gave you the address to set its PTR record to ${ehloName}`;
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'none') return { kind: 'failing', message: `${address} has no PTR record. ${ask}.` };
  if (answer.values.includes(ehloName)) return { kind: 'passed' };
  return {
    ...{ kind: 'failing', found: answer.values.slice(0, 10) },
    message: `The PTR record of ${address} names ${answer.values[0]}. ${ask}, or make that its EHLO name.`,
  };
}

/** Whether the EHLO name leads back to the address, which is what makes the PTR record believed. */
export async function judgeEhlo(
  { address, ehloName }: NamedAddress,
  lookup: DnsLookup,
): Promise<IpJudgement> {
  const type = isIPv4(address) ? 'A' : 'AAAA';
  const answer = await lookup(type, ehloName);
  if (answer.kind === 'unknown') return answer;
  const record = `${ehloName} ${type} ${address}`;
  if (answer.kind === 'none')
    return { kind: 'failing', message: `${ehloName} has no ${type} record. Publish: ${record}.` };
  if (answer.values.some((value) => normalizeAddress(value) === address)) return { kind: 'passed' };
  return {
    ...{ kind: 'failing', found: answer.values.slice(0, 10) },
    message: `${ehloName} leads to ${answer.values[0]}, not to this address. Publish: ${record}.`,
  };
}
