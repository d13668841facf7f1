import { PoolName } from '@posthorn/contracts';
import { z } from 'zod';
import type { MarkSeal } from '../redis-marks.ts';
import type { PooledSource } from './source.ts';

/** What is known of all pools and their addresses. */
export type SourceList = Readonly<{ pools: readonly string[]; sources: readonly PooledSource[] }>;

/** The commands of a Redis client that the snapshot needs; ioredis has them. */
export type SnapshotRedis = {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
};

/** Where the last list is kept, so that a dispatcher can start while MongoDB is away. */
export type SourceSnapshot = {
  /** Undefined where there is none, or none that can be read. Never rejects. */
  read(): Promise<SourceList | undefined>;
  /** Nothing is written where it holds the same already. Never rejects: without it one start may have to wait. */
  write(list: SourceList): Promise<void>;
};

const key = 'ph:sources';

const Kept = z.object({
  pools: z.array(PoolName),
  sources: z.array(
    z.object({
      address: z.string(),
      ehloName: z.string(),
      pool: PoolName,
      state: z.enum(['checking', 'warming', 'active', 'paused', 'draining']),
      warmup: z.enum(['plan', 'skip']),
      socks5: z
        .object({
          host: z.string(),
          port: z.int(),
          username: z.string().exactOptional(),
          password: z.string().exactOptional(),
          isLocked: z.boolean().exactOptional(),
        })
        .exactOptional(),
    }),
  ),
});

/** Keeps the list in Redis; without a `seal`, passwords of SOCKS5 servers are left out and their addresses rest. */
export function createSourceSnapshot({
  redis,
  seal,
}: {
  redis: SnapshotRedis;
  seal: MarkSeal | undefined;
}): SourceSnapshot {
  let written: string | undefined;

  return {
    async read() {
      try {
        const text = await redis.get(key);
        if (text === null) return undefined;
        return Kept.parse(JSON.parse((seal ? seal.open(text, key) : text) ?? ''));
      } catch {
        return undefined;
      }
    },
    async write(list) {
      const text = JSON.stringify(seal ? list : withoutPasswords(list));
      if (text === written) return;
      await redis.set(key, seal ? seal.seal(text, key) : text).then(
        () => {
          written = text;
        },
        () => undefined,
      );
    },
  };
}

function withoutPasswords({ pools, sources }: SourceList): SourceList {
  return {
    pools,
    sources: sources.map((source) => {
      if (source.socks5?.password === undefined) return source;
      const { password: _, ...place } = source.socks5;
      return { ...source, socks5: { ...place, isLocked: true } };
    }),
  };
}
