import { appendFile } from 'node:fs/promises';

/** What a part writes: kept in its log, and its last lines at hand for a message about it. */
export type PartOutput = AsyncDisposable & {
  write: (chunk: Buffer) => void;
  /** Forgets the last lines: a new process of the part begins. */
  begin: () => void;
  lastLines: () => readonly string[];
};

const linesMax = 20;
/** More than this is not kept in memory for a disk that does not take it. */
const waitingBytesMax = 4 * 1024 * 1024;

/**
 * Returns an output that appends to `file`, readable by its user alone.
 *
 * Never throws: what cannot be written, for example because the disk is full, is dropped, and the log says how much
 * is missing once it can be written again. Disposing it waits for what is being written.
 */
export function createPartOutput(file: string): PartOutput {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let lostBytes = 0;
  let writing: Promise<void> | null = null;
  let lines: string[] = [];

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const batch = Buffer.concat([...lostNote(lostBytes), ...waiting]);
      const batchBytes = waitingBytes;
      waiting = [];
      waitingBytes = 0;
      const isWritten = await appendFile(file, batch, { mode: 0o600 }).then(
        () => true,
        () => false,
      );
      lostBytes = isWritten ? 0 : lostBytes + batchBytes;
    }
    writing = null;
  }

  return {
    write(chunk) {
      lines = [...lines, ...chunk.toString().trimEnd().split('\n')].slice(-linesMax);
      if (waitingBytes + chunk.length > waitingBytesMax) {
        lostBytes += chunk.length;
        return;
      }
      waiting.push(chunk);
      waitingBytes += chunk.length;
      writing ??= writeWaiting();
    },
    begin() {
      lines = [];
    },
    lastLines: () => lines,
    async [Symbol.asyncDispose]() {
      await writing;
    },
  };
}

function lostNote(bytes: number): Buffer[] {
  return bytes === 0
    ? []
    : [Buffer.from(`\n${JSON.stringify({ msg: 'log lines could not be written', bytes })}\n`)];
}
