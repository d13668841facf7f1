/**
 * What a handler decides about one item.
 *
 * `retry` comes back in a new bag no earlier than `delayMs` from now, with `attempt` one higher; `wait` comes back like
 * it with the same `attempt`, since nothing was tried; `park` takes it out of the flow until somebody releases it.
 * `reason` is for people and must not name a recipient or quote content.
 */
export type Verdict =
  | Readonly<{ kind: 'done' }>
  | Readonly<{ kind: 'retry'; delayMs: number; reason: string }>
  | Readonly<{ kind: 'wait'; delayMs: number; reason: string }>
  | Readonly<{ kind: 'park'; reason: string }>;

export const done: Verdict = Object.freeze({ kind: 'done' });

/** What a handler returns when every item it did not settle itself is done. */
export const allDone = 'allDone' as const;

export function retryAfter(delayMs: number, reason: string): Verdict {
  return { kind: 'retry', delayMs, reason };
}

export function waitFor(delayMs: number, reason: string): Verdict {
  return { kind: 'wait', delayMs, reason };
}

export function park(reason: string): Verdict {
  return { kind: 'park', reason };
}
