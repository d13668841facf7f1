import { z } from 'zod';

/** What became of one session's TLS (RFC 8460, section 4.3). */
export const TlsResult = z.enum([
  'success',
  'starttls-not-supported',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'validation-failure',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
]);
export type TlsResult = z.infer<typeof TlsResult>;

/** What kind of policy a session was held to (RFC 8460, section 4.2). */
export const TlsPolicyType = z.enum(['tlsa', 'sts', 'no-policy-found']);
export type TlsPolicyType = z.infer<typeof TlsPolicyType>;

/** A policy as it was published: the lines of an MTA-STS policy, or TLSA records. */
export const TlsPolicyText = z.object({
  strings: z.array(z.string()),
  /** Of an MTA-STS policy. */
  mxPatterns: z.array(z.string()).optional(),
});
export type TlsPolicyText = z.infer<typeof TlsPolicyText>;

/** Sessions that are counted together. Of successes only the policy is told apart. */
export const TlsSessions = z.object({
  policy: TlsPolicyType,
  mx: z.string(),
  result: TlsResult,
  receivingIp: z.string(),
  sendingIp: z.string(),
});
export type TlsSessions = z.infer<typeof TlsSessions>;

/**
 * Where dispatchers count the sessions of a UTC day (`2026-05-01`) with a domain, for the daily report (RFC 8460): a hash
 * of `tlsCountField` → sessions and `tlsPolicyField` → JSON of a `TlsPolicyText`.
 */
export function tlsCountsKey(day: string, domain: string): string {
  return `ph:tlsrpt:${day}:${domain}`;
}

/** The reports that are to be made: a sorted set of `<day> <domain>` by when, in Unix milliseconds. */
export const tlsReportsDueKey = 'ph:tlsrpt:due';

export function tlsCountField({ policy, mx, result, receivingIp, sendingIp }: TlsSessions): string {
  return result === 'success'
    ? `${policy}||success||`
    : [policy, mx, result, receivingIp, sendingIp].join('|');
}

/** Null for a field that is not a count. */
export function parseTlsCountField(field: string): TlsSessions | null {
  const [policy, mx, result, receivingIp = '', sendingIp = ''] = field.split('|');
  return TlsSessions.safeParse({ policy, mx, result, receivingIp, sendingIp }).data ?? null;
}

export function tlsPolicyField(policy: TlsPolicyType): string {
  return `policy ${policy}`;
}
