import { z } from 'zod';
import { StsPolicy } from './sts-policy.ts';

export const StoredPolicy = z.object({ id: z.string(), policy: StsPolicy, fetchedAtMs: z.int() });
export type StoredPolicy = z.infer<typeof StoredPolicy>;

/** Keeps policies over a restart, and for every dispatcher. Never rejects: what cannot be reached holds nothing. */
export type StsStore = {
  find(domain: string): Promise<StoredPolicy | undefined>;
  put(domain: string, stored: StoredPolicy): Promise<void>;
};

/** The commands of a Redis client that the store needs; ioredis has them. */
export type StsRedis = {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl: 'PX', ttlMs: number): Promise<unknown>;
};

export function createRedisStsStore(redis: StsRedis): StsStore {
  const keyOf = (domain: string) => `ph:sts:${domain}`;
  return {
    async find(domain) {
      const text = await redis.get(keyOf(domain)).catch(() => null);
      return text === null ? undefined : parse(text);
    },
    async put(domain, stored) {
      const ttlMs = Math.max(1_000, stored.policy.maxAgeSeconds * 1_000);
      await redis.set(keyOf(domain), JSON.stringify(stored), 'PX', ttlMs).catch(() => undefined);
    },
  };
}

function parse(text: string): StoredPolicy | undefined {
  try {
    return StoredPolicy.safeParse(JSON.parse(text)).data;
  } catch {
    // Whatever it is, it is no policy of ours.
    return undefined;
  }
}
