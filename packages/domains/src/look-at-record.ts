import type { DnsLookup } from './dns-lookup.ts';
import type { ExpectedRecord } from './expected-records.ts';
import { judgeRecord } from './judge-record.ts';
import { type Judgement, wrong } from './judgement.ts';

/** Looks whether a record is published; where there is nothing, at the mistakes that people make most. Never throws. */
export async function lookAtRecord(
  record: ExpectedRecord,
  domain: string,
  lookup: DnsLookup,
): Promise<Judgement> {
  if (record.kind === 'dmarc') return lookAtDmarc(record, domain, lookup);
  const answer = await lookup(record.type, record.host);
  if (answer.kind === 'found') return judgeRecord(record, answer.values);
  if (answer.kind === 'unknown') return answer;
  return (await findMistake(record, domain, lookup)) ?? absent(record);
}

function absent({ type, host }: ExpectedRecord): Judgement {
  return {
    kind: 'absent',
    message: `There is no ${type} record at ${host} yet. What was published less than an hour ago may not be seen everywhere.`,
  };
}

async function findMistake(
  record: ExpectedRecord,
  domain: string,
  lookup: DnsLookup,
): Promise<Judgement | null> {
  const { type, host, kind } = record;
  // Many providers append the domain to what is entered as a host.
  const doubled = `${host}.${domain}`;
  const [there, addresses] = await Promise.all([
    doubled.length <= 253 ? lookup(type, doubled) : null,
    kind === 'tracking' ? lookup('ADDRESS', host) : null,
  ]);
  if (there?.kind === 'found') {
    const short = host.slice(0, -domain.length - 1);
    return wrong(
      [`${doubled} ${type}`],
      `The record is at ${doubled}: your DNS provider appends the domain by itself. Enter ${short} as its host.`,
    );
  }
  if (addresses?.kind === 'found')
    return wrong(
      addresses.values,
      `There is an address instead of a CNAME. If your DNS provider offers to proxy or flatten it, switch that off.`,
    );
  return null;
}

/** How far up a policy is looked for. RFC 7489, section 6.6.3, names the organisational domain: on the way up, without a list of suffixes. */
const dmarcStepsMax = 8;

/** A policy of a parent domain covers this one. */
async function lookAtDmarc(record: ExpectedRecord, domain: string, lookup: DnsLookup): Promise<Judgement> {
  const labels = domain.split('.');
  for (let step = 0; labels.length - step > 1 && step < dmarcStepsMax; step += 1) {
    const answer = await lookup('TXT', `_dmarc.${labels.slice(step).join('.')}`);
    if (answer.kind === 'found') return judgeRecord(record, answer.values);
    if (answer.kind === 'unknown') return answer;
  }
  return absent(record);
}
