import type { Clock } from '@posthorn/runtime';
import type { StsFailure } from './sts-fetch.ts';

/** What became of one session's TLS (RFC 8460, section 4.3). */
export type TlsResult =
  | 'success'
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | StsFailure;

export type TlsCount = Readonly<{
  /** The recipient's domain. */
  domain: string;
  policy: 'tlsa' | 'sts' | 'no-policy-found';
  mx?: string;
  result: TlsResult;
}>;

/** Counts sessions for the daily TLS reports. */
export type TlsReport = { count(session: TlsCount): void };

/** The commands of a Redis client that counting needs; ioredis has them. */
export type CountRedis = {
  hincrby(key: string, field: string, by: number): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
};

/** Longer than a report of one day may take to be made and sent. */
const keptSeconds = 8 * 86_400;

/**
 * Counts in Redis: `ph:tlsrpt:<UTC day>:<domain>`, a hash of `<policy>|<mx>|<result>`. Nobody waits for it; a count that
 * cannot be written is lost, as a report is no record.
 */
export function createRedisTlsReport({ redis, clock }: { redis: CountRedis; clock: Clock }): TlsReport {
  return {
    count({ domain, policy, mx = '', result }) {
      const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
      const key = `ph:tlsrpt:${day}:${domain}`;
      redis.hincrby(key, `${policy}|${mx}|${result}`, 1).catch(() => undefined);
      redis.expire(key, keptSeconds).catch(() => undefined);
    },
  };
}
