import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type PolicyCounts, sum, type TlsDay } from './tls-day.ts';

/** Who reports. */
export type Reporter = Readonly<{ organization: string; contact: string; domain: string }>;

/** A report as it is sent. */
export type TlsReport = Readonly<{
  id: string;
  domain: string;
  /** RFC 8460, section 5.1. */
  fileName: string;
  gzipped: Buffer;
}>;

const gzipAsync = promisify(gzip);
/** Larger reports are cut: nobody reads on, and servers refuse them. */
const gzippedBytesMax = 5 * 1024 * 1024;
const detailsMax = 10_000;
const dayMs = 86_400_000;

/**
 * Makes the report of a day (RFC 8460, section 4.4), at most 5 MB compressed: of failures that differ in address the
 * rarest are left out first, never from the sums. The same counts make the same report.
 */
export async function makeTlsReport(day: TlsDay, reporter: Reporter): Promise<TlsReport> {
  const startMs = Date.parse(`${day.day}T00:00:00Z`);
  const id = `${day.day}.${day.domain}@${reporter.domain}`;
  const seconds = [startMs, startMs + dayMs - 1_000].map((ms) => ms / 1_000);
  let details = detailsMax;
  let gzipped = await gzipAsync(jsonOf(day, { id, ...reporter }, details));
  while (gzipped.length > gzippedBytesMax) {
    details = Math.floor(details / 2);
    gzipped = await gzipAsync(jsonOf(day, { id, ...reporter }, details));
  }
  const fileName = `${[reporter.domain, day.domain, ...seconds].join('!')}.json.gz`;
  return { id, domain: day.domain, fileName, gzipped };
}

function jsonOf(
  day: TlsDay,
  { id, organization, contact }: Reporter & { id: string },
  details: number,
): string {
  return JSON.stringify({
    'organization-name': organization,
    'date-range': { 'start-datetime': `${day.day}T00:00:00Z`, 'end-datetime': `${day.day}T23:59:59Z` },
    'contact-info': contact,
    'report-id': id,
    policies: day.policies.map((policy) => policyOf(policy, day.domain, details)),
  });
}

function policyOf({ type, text, successes, failures }: PolicyCounts, domain: string, details: number) {
  const shown = failures.slice(0, details);
  return {
    policy: {
      'policy-type': type,
      ...(text && { 'policy-string': text.strings }),
      'policy-domain': domain,
      ...(text?.mxPatterns && { 'mx-host': text.mxPatterns }),
    },
    summary: {
      'total-successful-session-count': successes,
      'total-failure-session-count': sum(failures),
    },
    ...(shown.length > 0 && { 'failure-details': shown.map(detailOf) }),
  };
}

function detailOf({ result, mx, receivingIp, sendingIp, count }: PolicyCounts['failures'][number]) {
  return {
    'result-type': result,
    ...(sendingIp !== '' && { 'sending-mta-ip': sendingIp }),
    ...(mx !== '' && { 'receiving-mx-hostname': mx }),
    ...(receivingIp !== '' && { 'receiving-ip': receivingIp }),
    'failed-session-count': count,
  };
}
