import type { Answer } from '../http/answer.ts';
import type { Seed } from '../sends/seed.ts';

/** What is decided when a key is first seen. */
export type Begun = Readonly<{
  /** SHA-256 of method, path and the body's content, in hex; see `contentHashOf`. */
  requestHash: string;
  seed: Seed;
}>;

/** What is known of a key when a call begins. */
export type Begin =
  /** This call goes on, with the seed that was stored: its own, or that of an earlier call that never answered. */
  | Readonly<{ kind: 'mine'; requestHash: string; seed: Seed }>
  /** Another call with this key is under way. */
  | Readonly<{ kind: 'busy'; requestHash: string }>
  | Readonly<{ kind: 'answered'; requestHash: string; answer: Answer }>;

/** Remembers idempotency keys for 24 hours, as durably as the sends themselves. */
export type IdempotencyStore = Readonly<{
  /** Stores `begun` unless the key is known. `owner` is this call's own token. */
  begin: (key: string, owner: string, begun: Begun) => Promise<Begin>;
  /** Stores the answer for replays and lets go of the key. */
  finish: (key: string, owner: string, begun: Begun, answer: Answer) => Promise<void>;
  /** Lets go of the key without an answer, so that a repeat may go on at once with the same seed. */
  release: (key: string, owner: string) => Promise<void>;
}>;
