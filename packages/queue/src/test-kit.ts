import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { defineLane } from '@posthorn/contracts';
import { silentLogger } from '@posthorn/runtime';
import { z } from 'zod';
import type { BlobStore } from './blob-store.ts';
import type { ConsumeOptions } from './consume.ts';
import { connectRedis, type RedisLink } from './redis-link.ts';

/** For tests of this package: a small lane, short locks, and waiting for what real processes do. */
export const TestItem = z.object({ id: z.string(), text: z.string().default('') });
export type TestItem = z.infer<typeof TestItem>;

export function testLane(name: string) {
  return defineLane({ name, item: TestItem, idOf: ({ id }) => id });
}

export function items(count: number, prefix = 'i'): TestItem[] {
  return Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, text: `text of ${n}` }));
}

/** Recovery in one to two seconds instead of 15 to 25. */
export const quickLocks = {
  lockDurationMs: 1_000,
  stalledIntervalMs: 300,
  log: silentLogger,
} satisfies Partial<ConsumeOptions>;

/** Polls until `condition` holds; fails after `timeoutMs`, naming what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(10);
  }
}

/** A poster's and a worker's link to one Redis, closed with the stack. */
export async function links(
  scope: AsyncDisposableStack,
  url: string,
): Promise<{ poster: RedisLink; worker: RedisLink }> {
  const [poster, worker] = await Promise.all(
    (['poster', 'worker'] as const).map((role) => connectRedis({ url, role, log: silentLogger })),
  );
  assert.ok(poster && worker);
  return { poster: scope.use(poster), worker: scope.use(worker) };
}

/** For tests of what happens after posting: on a busy machine a post may take longer than callers are let wait. */
export const patient = { log: silentLogger, timeoutMs: 30_000 } as const;

/** Whether a post is taken; on a busy machine one may be refused for being late. */
export async function isPosted(post: Promise<void>): Promise<boolean> {
  return post.then(
    () => true,
    () => false,
  );
}

/** A blob store in memory, and what it holds. */
export function memoryBlobs(): { blobs: BlobStore; kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  const blobs: BlobStore = {
    put: async (id, bytes) => void kept.set(id, bytes),
    get: async (id) => kept.get(id) ?? assert.fail('no such blob'),
    delete: async (id) => void kept.delete(id),
  };
  return { blobs, kept };
}
