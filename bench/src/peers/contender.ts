import type { Child } from '../child.ts';

/** What a generator saw: by id, when each message left and when it was answered, Unix time in milliseconds. */
export type SendReport = Readonly<{
  accepted: readonly (readonly [id: string, askedAtMs: number, answeredAtMs: number])[];
  /** How often each reply code refused. */
  refused: Readonly<Record<string, number>>;
}>;

/** One of those that are compared. */
export type Contender = Readonly<{
  name: string;
  does: string;
  doesNot: string;
  /** Gets what it needs into the scratch folder. Resolves with the reason where it cannot be had on this machine. */
  prepare: (scratch: string) => Promise<{ absent: string } | undefined>;
  /** Starts it with nothing queued; disposing ends every process that it started. */
  start: (scratch: string) => Promise<RunningContender>;
}>;

export type RunningContender = AsyncDisposable &
  Readonly<{
    /** Where its mail arrives; its own, so that nothing of an earlier turn is counted. */
    sink: Child;
    /** Sends so many messages, as fast as they are taken, and resolves when the last one was answered. */
    send: (count: number, run: string) => Promise<SendReport>;
    /** CPU time of all its processes so far, by part. */
    cpuMs: () => Readonly<Record<string, number>>;
    /** Resolves when so many messages since its start are also recorded, where it keeps records. */
    untilRecorded?: (delivered: number) => Promise<void>;
  }>;

/** Connections that a generator keeps, to every contender alike. */
export const senders = 50;
