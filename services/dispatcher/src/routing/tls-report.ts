import { createHash } from 'node:crypto';
import {
  type TlsPolicyText,
  type TlsPolicyType,
  type TlsResult,
  tlsCountField,
  tlsCountsKey,
  tlsPolicyField,
  tlsReportsDueKey,
} from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import { RecentSet } from '../smtp/recent-set.ts';

export type TlsCount = Readonly<{
  /** The recipient's domain. */
  domain: string;
  policy: TlsPolicyType;
  /** The policy as it was published, where there is one. */
  text?: TlsPolicyText | undefined;
  mx?: string;
  result: TlsResult;
  receivingIp?: string | undefined;
  sendingIp?: string | undefined;
}>;

/** Counts sessions for the daily TLS reports. */
export type TlsReport = { count(session: TlsCount): void };

/** The commands of a Redis client that counting needs; ioredis has them. */
export type CountRedis = {
  hincrby(key: string, field: string, by: number): Promise<unknown>;
  hset(key: string, field: string, value: string): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
  zadd(key: string, score: number, member: string): Promise<unknown>;
  zremrangebyscore(key: string, min: number, max: number): Promise<unknown>;
};

const dayMs = 86_400_000;
/** Longer than a report of one day may take to be made and sent. */
const keptDays = 8;
/** Clocks of dispatchers may differ by less; what they count after the day is over is in its report. */
const settledMs = 15 * 60_000;
/** Reports of a day leave over this time, so that whoever receives many is not flooded (RFC 8460, section 4.1). */
const spreadMs = 4 * 3_600_000;
/** How long this process remembers that it announced a domain's report of a day, and its policy. */
const announcedMs = 3_600_000;

/**
 * Counts in Redis, in the hash `tlsCountsKey`, and puts the domain's report of the day on the list `tlsReportsDueKey`,
 * from which automation takes it. Nobody waits for it; a count that cannot be written is lost, as a report is no record.
 */
export function createRedisTlsReport({ redis, clock }: { redis: CountRedis; clock: Clock }): TlsReport {
  const announced = new RecentSet({ keptMs: announcedMs });

  /** `write` is done once; where it fails it is done again with the next session. */
  function once(what: string, write: () => Promise<unknown>): void {
    if (announced.has(what)) return;
    announced.add(what);
    write().catch(() => announced.delete(what));
  }

  return {
    count({ domain, policy, text, mx = '', result, receivingIp = '', sendingIp = '' }) {
      const nowMs = clock.nowMs();
      const day = new Date(nowMs).toISOString().slice(0, 10);
      const key = tlsCountsKey(day, domain);
      const field = tlsCountField({ policy, mx, result, receivingIp, sendingIp });
      redis.hincrby(key, field, 1).catch(() => undefined);
      once(key, async () => {
        await redis.expire(key, keptDays * 86_400);
        await redis.zadd(tlsReportsDueKey, dueAtMs(nowMs, domain), `${day} ${domain}`);
      });
      if (text) {
        const json = JSON.stringify(text);
        once(`${key} ${json}`, () => redis.hset(key, tlsPolicyField(policy), json));
      }
      // Where no automation sends reports nobody else takes them off.
      once(day, () => redis.zremrangebyscore(tlsReportsDueKey, 0, nowMs - keptDays * dayMs));
    },
  };
}

/** After the UTC day's end, at a moment of the domain's own. */
function dueAtMs(nowMs: number, domain: string): number {
  const share = createHash('sha256').update(domain).digest().readUInt32BE() / 2 ** 32;
  return nowMs - (nowMs % dayMs) + dayMs + settledMs + Math.floor(share * spreadMs);
}
