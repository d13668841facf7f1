import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Log } from '../durability/store.ts';
import { Refusal } from '../errors.ts';

/** What commits together: all changes of one turn of the event loop. */
type Batch = {
  readonly number: number;
  /** Writes down figures that many changes of the batch move, once for each owner. */
  readonly lastChanges: Map<object, () => void>;
  /** Takes back in memory what a rollback takes back on disk. */
  readonly undo: (() => void)[];
  readonly settled: Promise<void>;
  readonly settle: () => void;
};

export type DatabaseOptions = {
  /** File of the database; null keeps it in memory. */
  path: string | null;
  log: Log;
  /** Pages of 4 KiB that it may have; beyond them it is as if the disk were full. For tests. */
  pagesMax?: number | undefined;
};

/**
 * SQLite with group commit: changes that are made in one turn of the event loop share one transaction and one fsync.
 *
 * A transaction that cannot be written is rolled back, and everyone who waits for it is refused; the next one is tried
 * like any other, so that writing goes on by itself once the disk has room.
 */
export class Database implements Disposable {
  readonly #db: DatabaseSync;
  readonly #log: Log;
  #batch: Batch | undefined;
  #lastNumber = 0;
  #lastFailure: { number: number; error: Error } | undefined;
  #isRefusing = false;

  /** Throws where the file cannot be read as a database. */
  constructor({ path, log, pagesMax }: DatabaseOptions) {
    this.#log = log;
    this.#db = new DatabaseSync(path ?? ':memory:');
    this.#db.exec(settings);
    if (pagesMax !== undefined) this.#db.exec(`PRAGMA max_page_count = ${pagesMax}`);
  }

  /** Prepares a statement whose rows are arrays. */
  prepare(sql: string): StatementSync {
    const statement = this.#db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }

  /**
   * Makes a change as part of the current transaction.
   *
   * A `Refusal` of `change`, which must have changed nothing, goes through. Where the database cannot take it, the
   * whole transaction is rolled back and `OutOfDiskSpace` thrown.
   */
  write<T>(change: () => T): T {
    this.#batch ??= this.#begin();
    try {
      return change();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw this.#fail(error);
    }
  }

  /** Runs `undo` if the transaction is rolled back; the last one goes first. */
  onRollback(undo: () => void): void {
    this.#batch?.undo.push(undo);
  }

  /** Runs `change` as the last of the transaction; a second one of the same owner takes the place of the first. */
  beforeCommit(owner: object, change: () => void): void {
    this.#batch?.lastChanges.set(owner, change);
  }

  hasLastChange(owner: object): boolean {
    return this.#batch?.lastChanges.has(owner) === true;
  }

  /** A mark for `committedSince`. */
  get mark(): number {
    return this.#batch?.number ?? this.#lastNumber + 1;
  }

  /** Resolves when every change so far is on the disk. Throws where a transaction since `mark` was rolled back. */
  async committedSince(mark: number): Promise<void> {
    await this.#batch?.settled;
    if (this.#lastFailure && this.#lastFailure.number >= mark) throw this.#lastFailure.error;
  }

  /** Commits what is pending now. */
  flush(): void {
    if (this.#batch) this.#commit(this.#batch);
  }

  /** Closes the file without committing. */
  close(): void {
    this.#db.close();
  }

  /** Commits, moves everything from the log into the file, and closes it. */
  [Symbol.dispose](): void {
    this.flush();
    this.#db.close();
  }

  #begin(): Batch {
    this.#db.exec('BEGIN IMMEDIATE');
    const { promise, resolve } = Promise.withResolvers<void>();
    const number = ++this.#lastNumber;
    const batch = { number, lastChanges: new Map(), undo: [], settled: promise, settle: resolve };
    setImmediate(() => this.#commit(batch));
    return batch;
  }

  #commit(batch: Batch): void {
    if (this.#batch !== batch) return;
    try {
      for (const change of batch.lastChanges.values()) change();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#batch = undefined;
    batch.settle();
    if (this.#isRefusing) this.#log.info({}, 'writing works again');
    this.#isRefusing = false;
  }

  #fail(cause: unknown): Error {
    const error = toRefusal(cause);
    const batch = this.#batch;
    this.#batch = undefined;
    // SQLite has rolled back by itself after some errors.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    if (!batch) return error;
    for (const undo of batch.undo.toReversed()) undo();
    this.#lastFailure = { number: batch.number, error };
    batch.settle();
    if (!this.#isRefusing) this.#log.error({ reason: error.message }, 'writes are refused');
    this.#isRefusing = true;
    return error;
  }
}

/**
 * The log is synced with every commit (synchronous). Only this process opens the file, which saves a file of shared
 * memory. The page cache is bounded to 32 MiB, the log is moved into the file every 16 MiB.
 */
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -32768;
  PRAGMA wal_autocheckpoint = 4096;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA temp_store = MEMORY;
`;

/** SQLite's primary result codes (sqlite.org/rescode.html): SQLITE_IOERR and SQLITE_FULL. */
const cannotWrite: ReadonlySet<number> = new Set([10, 13]);

function toRefusal(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const isDisk = 'errcode' in error && cannotWrite.has(Number(error.errcode) & 0xff);
  return isDisk ? new Refusal('OutOfDiskSpace', `The data cannot be written: ${error.message}`) : error;
}

/** Tells the error of a key that is there already: SQLITE_CONSTRAINT_UNIQUE. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 2067;
}
