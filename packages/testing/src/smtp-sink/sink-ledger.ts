import { open } from 'node:fs/promises';
import { createGroupWriter } from '../group-writer.ts';

/** One accepted recipient of one final dot: what a receiver would put into a mailbox. */
export type SinkEntry = Readonly<{
  /** Counts final dots of this sink; the recipients of one message share it. */
  transaction: number;
  messageId: string | undefined;
  /** The message's `X-Probe-Id`, by which a test names what it sent. */
  probeId: string | undefined;
  from: string;
  rcpt: string;
  /** The sender's address as the sink saw it. */
  ip: string;
  /** Counts the connections of this sink, from 1. */
  connection: number;
  /** Unix time in milliseconds at which the sink took responsibility. */
  atMs: number;
  sizeBytes: number;
  /** Of the message after dots were unstuffed, hex; undefined in fast mode. */
  sha256: string | undefined;
}>;

/**
 * The sink's record of what it accepted: the truth that a run is reconciled with.
 *
 * `append` resolves when the entries are on disk (or at once, without a file), so that no 250 is ever written
 * for a message the ledger does not hold. Appends that meet share one fsync.
 */
export type SinkLedger = AsyncDisposable & {
  entries: readonly SinkEntry[];
  append(entries: readonly SinkEntry[]): Promise<void> | undefined;
};

/** Opens the ledger; lines of JSON are added to `path`, which may hold those of an earlier sink. */
export async function openSinkLedger(path: string | undefined): Promise<SinkLedger> {
  const entries: SinkEntry[] = [];
  const file = path === undefined ? undefined : await open(path, 'a');
  const write = file && createGroupWriter(file);

  return {
    entries,
    append(added) {
      entries.push(...added);
      return write?.(added.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    },
    async [Symbol.asyncDispose]() {
      await file?.close();
    },
  };
}
