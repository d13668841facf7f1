import { createHash } from 'node:crypto';
import type { Redis } from '@posthorn/queue';
import type { Clock } from '@posthorn/runtime';

/** Counts failed logins, over all replicas (row S06). */
export type LockOut = Readonly<{
  /** Whether a login is not even looked at. */
  isLocked: (client: string, userName: string) => Promise<boolean>;
  /** Notes a failure; the failures of this client so far. */
  fail: (client: string, userName: string) => Promise<number>;
}>;

const windowMs = 5 * 60_000;
const clientFailuresMax = 10;
/** Far above what its owner gets wrong: from then on only clients without a failure of their own may try this name. */
const nameFailuresMax = 50;
const localMax = 10_000;

const countScript = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/**
 * Locks a client out after ten failures in five minutes, whatever names it tried. A name that many clients fail on is
 * closed to those who failed, and open to others: else anybody could lock out its owner.
 *
 * While Redis is away each replica counts for itself.
 */
export function createLockOut({ redis, clock }: { redis: Redis; clock: Clock }): LockOut {
  const local = createLocalCounts(clock);

  async function count(key: string): Promise<number> {
    const known = await redis.get(key).catch(() => null);
    return Math.max(Number(known ?? 0), local.count(key));
  }

  async function raise(key: string): Promise<number> {
    const mine = local.raise(key);
    const shared = await redis.eval(countScript, 1, key, windowMs).catch(() => 0);
    return Math.max(Number(shared), mine);
  }

  return {
    async isLocked(client, userName) {
      const [ofClient, ofName] = await Promise.all([count(clientKey(client)), count(nameKey(userName))]);
      return ofClient >= clientFailuresMax || (ofName >= nameFailuresMax && ofClient > 0);
    },
    async fail(client, userName) {
      const [ofClient] = await Promise.all([raise(clientKey(client)), raise(nameKey(userName))]);
      return ofClient;
    },
  };
}

const clientKey = (client: string) => `ph:smtp-login:client:${client}`;
/** What was given as a name may be anything, a password too. */
const nameKey = (userName: string) =>
  `ph:smtp-login:name:${createHash('sha256').update(userName).digest('base64url')}`;

function createLocalCounts(clock: Clock) {
  const counts = new Map<string, { count: number; untilMs: number }>();

  function current(key: string): { count: number; untilMs: number } {
    const known = counts.get(key);
    return known && known.untilMs > clock.monotonicMs()
      ? known
      : { count: 0, untilMs: clock.monotonicMs() + windowMs };
  }

  return {
    count: (key: string) => current(key).count,
    raise(key: string): number {
      const { count, untilMs } = current(key);
      counts.delete(key);
      counts.set(key, { count: count + 1, untilMs });
      const [oldest] = counts.keys();
      if (counts.size > localMax && oldest !== undefined) counts.delete(oldest);
      return count + 1;
    },
  };
}
