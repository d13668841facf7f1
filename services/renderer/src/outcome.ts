import type { PoolName, SendResult } from '@posthorn/contracts';
import type { Envelope } from './envelope.ts';

/** A send that must not leave, and why; `message` is for the caller and names properties, never values. */
export type Drop = Readonly<{ kind: 'drop'; reason: SendResult; message?: string }>;

/** A send that can be rendered later: what it needs is away. */
export type Wait = Readonly<{ kind: 'wait'; delayMs: number; reason: string }>;

/** What becomes of one send. */
export type Outcome =
  | Drop
  | Wait
  /** Posted twice; the other one is taken care of. */
  | Readonly<{ kind: 'repeat' }>
  /** Ours to mend; it waits in the parking lot. */
  | Readonly<{ kind: 'bug'; reason: string }>
  | Readonly<{
      kind: 'rendered';
      envelope: Envelope;
      subject: string;
      from: string;
      tracked: string;
      untracked?: string;
      onAmbiguous: 'retry' | 'hold';
      /** The pool that it leaves from; undefined: the installation's default. */
      pool?: PoolName | undefined;
      /** The sending domain's own; else the installation's. */
      returnPathHost?: string | undefined;
      /** Of the span that rendered it. */
      trace?: string | undefined;
    }>;

export function drop(reason: SendResult, message?: string): Drop {
  return { kind: 'drop', reason, ...(message !== undefined && { message }) };
}
