import { Fault } from '@posthorn/runtime';
import { z } from 'zod';
import { type RedisCalls, runScript } from '../redis-calls.ts';
import type { Begin, IdempotencyStore } from './idempotency-store.ts';

/** How long a key is remembered. */
const rememberMs = 24 * 60 * 60_000;
/**
 * A call that has not answered after this long was killed, or Redis ran its script after the caller was told 503: its repeat
 * may go on in its place. Several times what a call takes; where one takes longer even so, both post the same sends, and
 * the renderer lets one of them through.
 */
const leaseMs = 4_000;
/** Longest wait for replicas. */
const replicaWaitMs = 500;

const Seed = z.object({
  acceptedAtMs: z.int(),
  statusIds: z.array(z.string()),
  requestKey: z.string().optional(),
});
const StoredAnswer = z.object({
  status: z.int(),
  body: z.unknown(),
  headers: z.record(z.string(), z.string()).optional(),
});

/** A record is `S` (started) or `A` (answered), the request's hash, and JSON: the seed, or the answer. */
const hashLength = 64;

const beginScript = `
local known = redis.call('GET', KEYS[1])
if not known then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
  return { 'mine', ARGV[1] }
end
if string.sub(known, 1, 1) == 'A' or string.sub(known, 2, 65) ~= string.sub(ARGV[1], 2, 65) then
  return { 'known', known }
end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then return { 'mine', known } end
return { 'busy', known }`;

const finishScript = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
return {}`;

const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return {}`;

/**
 * Keeps idempotency keys in the Redis that holds the mailbags, so that they are as durable as the sends (row A07).
 *
 * Every method throws `Fault('unavailable')` when Redis does not answer within a second; the step may then have been
 * taken all the same, and a repeat goes on from it.
 */
export function createRedisIdempotency(
  redis: RedisCalls & { wait?: (replicas: number, timeoutMs: number) => Promise<number> },
  { acceptReplicas = 0 }: { acceptReplicas?: number } = {},
): IdempotencyStore {
  /** What the sends wait for, the seed waits for too: else a failover could forget it and keep them. */
  async function untilReplicated(): Promise<void> {
    if (acceptReplicas === 0) return;
    const reached = await redis.wait?.(acceptReplicas, replicaWaitMs).catch(() => 0);
    if ((reached ?? 0) < acceptReplicas)
      throw new Fault('unavailable', 'Too few replicas have it. Try again shortly.');
  }

  return {
    begin: async (key, owner, { requestHash, seed }) => {
      const record = `S${requestHash}${JSON.stringify(seed)}`;
      const reply = await runScript(redis, beginScript, keysOf(key), [record, rememberMs, owner, leaseMs]);
      const begin = beginOf(reply);
      if (begin.kind === 'mine') await untilReplicated();
      return begin;
    },
    finish: async (key, owner, { requestHash }, answer) => {
      const record = `A${requestHash}${JSON.stringify(answer)}`;
      await runScript(redis, finishScript, keysOf(key), [record, rememberMs, owner]);
    },
    release: async (key, owner) => {
      await runScript(redis, releaseScript, keysOf(key).slice(1), [owner]);
    },
  };
}

/** The braces keep both keys in one slot of a cluster. */
function keysOf(key: string): [string, string] {
  return [`idempotency:{${key}}`, `idempotency:{${key}}:lease`];
}

function beginOf([kind = '', record = '']: readonly string[]): Begin {
  const requestHash = record.slice(1, 1 + hashLength);
  const json: unknown = JSON.parse(record.slice(1 + hashLength));
  if (record.startsWith('A')) return { kind: 'answered', requestHash, answer: answerOf(json) };
  if (kind === 'mine') return { kind, requestHash, seed: Seed.parse(json) };
  return { kind: 'busy', requestHash };
}

function answerOf(json: unknown) {
  const { status, body, headers } = StoredAnswer.parse(json);
  return { status, body, ...(headers && { headers }) };
}
