import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { MarkSeal } from '../redis-marks.ts';
import { type JournalEntry, lineOf } from './journal-entry.ts';

/**
 * Where a process notes what replies decided until Redis has it, so that its own death between the two leaves no delivery
 * undecided (row F47).
 *
 * Notes are written and not flushed: what the kernel has survives the process, and against the death of the machine no
 * note would help that is slower than the reply was.
 */
export type OutcomeJournal = Disposable & {
  /**
   * Notes an outcome, before this turn of the event loop ends: replies that came together share one write. What it
   * returns is called when the outcome is on disk in Redis.
   */
  note(entry: JournalEntry): () => void;
};

export type OutcomeJournalOptions = Readonly<{
  /** Shared by the dispatchers of a machine; made where it is missing. */
  folder: string;
  /** Hides what is noted from whoever reads the disk; the same that hides marks. */
  seal?: MarkSeal;
  /** Told when a note could not be written. Sending goes on: without a note, a death now leaves one delivery undecided. */
  onFailure: (error: unknown) => void;
  /** A segment is left for a new one at this size, in bytes, and removed when Redis has all of it. */
  segmentBytesMax?: number;
}>;

/** Whoever finds a segment that was not touched for longer than `segmentSilentMs` takes its process for dead. */
export const segmentSilentMs = 15_000;
const touchEveryMs = 5_000;

/** Opens a journal of this process's own. Throws what the file system throws, for example that the folder is not writable. */
export function openOutcomeJournal({
  folder,
  seal,
  onFailure,
  segmentBytesMax = 4_000_000,
}: OutcomeJournalOptions): OutcomeJournal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const segments = new Set<Segment>();
  let current = begin();

  function begin(): Segment {
    const segment = new Segment(path.join(folder, segmentName()), onFailure);
    segments.add(segment);
    return segment;
  }

  function release(segment: Segment): void {
    segment.openCount -= 1;
    if (segment.openCount > 0 || segment === current) return;
    segments.delete(segment);
    segment.remove();
  }

  const touching = setInterval(() => {
    for (const segment of segments) segment.touch();
  }, touchEveryMs).unref();

  return {
    note(entry) {
      try {
        if (current.sizeBytes > segmentBytesMax) {
          const full = current;
          current = begin();
          full.openCount += 1;
          release(full);
        }
        const segment = current;
        segment.write(lineOf(entry, seal));
        segment.openCount += 1;
        return () => release(segment);
      } catch (error) {
        onFailure(error);
        return () => undefined;
      }
    },
    [Symbol.dispose]() {
      clearInterval(touching);
      // What Redis does not have yet is left for whoever comes next.
      for (const segment of segments) segment.end();
    },
  };
}

/** `<host>_<pid>_<random>.jsonl`: whose it is, for `isLeftBehind`. */
function segmentName(): string {
  return `${hostname()}_${process.pid}_${randomUUID()}.jsonl`;
}

class Segment {
  readonly #path: string;
  readonly #file: number;
  readonly #onFailure: (error: unknown) => void;
  /** Lines of this turn of the event loop. */
  #pending = '';
  sizeBytes = 0;
  /** Notes that Redis does not have yet. */
  openCount = 0;

  constructor(path: string, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#file = openSync(path, 'ax', 0o600);
    this.#onFailure = onFailure;
  }

  write(line: string): void {
    if (this.#pending === '') setImmediate(() => this.#flush());
    this.#pending += line;
    this.sizeBytes += line.length;
  }

  #flush(): void {
    const text = this.#pending;
    this.#pending = '';
    try {
      if (text !== '') writeSync(this.#file, text);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  touch(): void {
    const now = new Date();
    try {
      utimesSync(this.#path, now, now);
    } catch {
      // Somebody removed the folder; notes go on into the file that is open.
    }
  }

  end(): void {
    this.#flush();
    closeSync(this.#file);
    if (this.openCount === 0) rmSync(this.#path, { force: true });
  }

  remove(): void {
    this.#pending = '';
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}
