import { tlsReportsDueKey } from '@posthorn/contracts';
import { z } from 'zod';

/** A report that is to be sent. */
export type DueReport = Readonly<{
  /** UTC, `2026-05-01`. */
  day: string;
  domain: string;
}>;

/** The commands of a Redis client that the list needs; ioredis has them. */
export type DueRedis = Readonly<{
  eval: (script: string, keyCount: number, ...args: (string | number)[]) => Promise<unknown>;
  zrem: (key: string, member: string) => Promise<unknown>;
}>;

/** The list of reports that dispatchers fill. Methods reject where Redis is away. */
export type DueReports = Readonly<{
  /** Takes one that is due, for `leaseMs`: another process gets it only after that. */
  take: (nowMs: number, leaseMs: number) => Promise<DueReport | null>;
  /** Takes it off the list. */
  done: (report: DueReport) => Promise<void>;
  later: (report: DueReport, atMs: number) => Promise<void>;
}>;

const takeScript = `
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
if due[1] then redis.call('ZADD', KEYS[1], ARGV[2], due[1]) end
return due[1]`;

/** Taken off the list meanwhile, it stays off. */
const laterScript = "return redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[2])";

export function createDueReports(redis: DueRedis): DueReports {
  return {
    take: async (nowMs, leaseMs) => {
      const taken = z
        .string()
        .nullable()
        .parse(await redis.eval(takeScript, 1, tlsReportsDueKey, nowMs, nowMs + leaseMs));
      if (taken === null) return null;
      const [day = '', domain = ''] = taken.split(' ');
      return { day, domain };
    },
    done: async (report) => void (await redis.zrem(tlsReportsDueKey, memberOf(report))),
    later: async (report, atMs) =>
      void (await redis.eval(laterScript, 1, tlsReportsDueKey, atMs, memberOf(report))),
  };
}

function memberOf({ day, domain }: DueReport): string {
  return `${day} ${domain}`;
}
