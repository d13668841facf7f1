import { randomUUID } from 'node:crypto';
import type { Clock, Logger } from '@posthorn/runtime';
import type { Answer } from '../http/answer.ts';
import type { RawCall } from '../http/endpoint.ts';
import { invalidInput, Refusal } from '../http/refusal.ts';
import type { Seed } from '../sends/seed.ts';
import type { Begin, Begun, IdempotencyStore } from './idempotency-store.ts';
import { bytesHashOf, contentHashOf, sha256 } from './request-hash.ts';

export type RunOnceDeps = Readonly<{
  idempotency: IdempotencyStore;
  statusIds: Readonly<{ issue: (accountId: number, atMs: number) => string }>;
  clock: Clock;
  log: Logger;
}>;

/** Longest `Idempotency-Key`. */
const keyLengthMax = 256;

/**
 * Runs a call that makes `count` sends, once for each `Idempotency-Key` (row A07).
 *
 * Without the header it just runs. With it, a repeat within 24 hours gets the first answer again, marked
 * `Idempotent-Replayed: true`; the same key with a body of another content, or while the first call is under way, gets 409. After
 * a crash, or a 503, a repeat posts the same sends (same statusIds), of which the renderer lets one through each.
 */
export function createRunOnce({ idempotency, statusIds, clock, log }: RunOnceDeps) {
  function newSeed(accountId: number, count: number): Seed {
    const acceptedAtMs = clock.nowMs();
    return {
      acceptedAtMs,
      statusIds: Array.from({ length: count }, () => statusIds.issue(accountId, acceptedAtMs)),
    };
  }

  async function finish(key: string, owner: string, begun: Begun, answer: Answer): Promise<void> {
    try {
      await idempotency.finish(key, owner, begun, answer);
    } catch (err) {
      // The sends are accepted whatever becomes of the record: a repeat posts the same ones again.
      log.warn({ err }, 'idempotent answer not stored');
    }
  }

  /** Begins the call, also where an older release stored the key with the hash of the body's bytes. */
  async function begin(call: RawCall, { key, owner, mine }: Beginning): Promise<Begin> {
    const begun = await idempotency.begin(key, owner, mine);
    if (begun.requestHash === mine.requestHash) return begun;
    const asStored = { ...mine, requestHash: bytesHashOf(call) };
    if (begun.requestHash !== asStored.requestHash) throw reused();
    return idempotency.begin(key, owner, asStored);
  }

  return async (call: RawCall, count: number, work: (seed: Seed) => Promise<Answer>): Promise<Answer> => {
    const { accountId } = call.principal;
    const seed = newSeed(accountId, count);
    if (call.idempotencyKey === undefined) return work(seed);

    requireUsableKey(call.idempotencyKey);
    const key = sha256(`${accountId}\0${call.idempotencyKey}`);
    const owner = randomUUID();
    const mine = { requestHash: contentHashOf(call), seed: withRequestKey(seed, key) };

    const begun = await begin(call, { key, owner, mine });
    if (begun.kind === 'busy') throw inProgress();
    if (begun.kind === 'answered') return replayed(begun.answer);
    try {
      const answer = await work(begun.seed);
      await finish(key, owner, begun, answer);
      return answer;
    } catch (error) {
      await idempotency.release(key, owner).catch(() => undefined);
      throw error;
    }
  };
}
export type RunOnce = ReturnType<typeof createRunOnce>;

type Beginning = Readonly<{ key: string; owner: string; mine: Begun }>;

/** The moment is part of it: the same key, used again after its 24 hours, is a new request to the renderer too. */
function withRequestKey(seed: Seed, key: string): Seed {
  return { ...seed, requestKey: sha256(`${key}\0${seed.acceptedAtMs}`) };
}

function requireUsableKey(key: string): void {
  if (key.length >= 1 && key.length <= keyLengthMax) return;
  throw invalidInput([
    { message: `must be 1 to ${keyLengthMax} characters`, code: 'INVALID_VALUE', in: 'Idempotency-Key' },
  ]);
}

function reused(): Refusal {
  return new Refusal('idempotency_key_reuse', 'This Idempotency-Key was used with another request.', {
    subCategory: 'idempotency_key_reuse',
  });
}

function inProgress(): Refusal {
  return new Refusal('idempotency_in_progress', 'A request with this Idempotency-Key is under way.', {
    subCategory: 'in_progress',
    headers: { 'retry-after': '1' },
  });
}

function replayed(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'idempotent-replayed': 'true' } };
}
