import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../storage/catalog.ts';
import { type ChangeLog, noChangeLog } from '../storage/change-log.ts';
import { journalPath, listGenerations, snapshotPath, syncFolder } from './files.ts';
import { lockHome } from './home-lock.ts';
import { Journal } from './journal.ts';
import { Recovery, repairTail, replayFile } from './recover.ts';
import { writeSnapshot } from './snapshot.ts';

/** What the server says to whoever runs it. Fields hold no data of documents. */
export type Log = {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
};

/** The catalog and what makes it last. */
export type Store = AsyncDisposable & {
  readonly catalog: Catalog;
  /** Throws `OutOfDiskSpace` once the journal could not be written. */
  refuseIfFailed(): void;
  /** Resolves when all changes so far survive the end of this process. */
  written(): Promise<void>;
  /** Resolves when all changes so far survive a power cut. */
  synced(): Promise<void>;
  /** Writes a snapshot and drops the journal before it. A call while one is written gets that one. */
  compact(): Promise<void>;
};

export type StoreOptions = {
  home: string;
  log: Log;
  /** A journal is compacted when it is larger than this and than twice the documents. */
  journalBytes: number;
};

/** A store that keeps nothing. */
export function openMemoryStore(): Store {
  return {
    catalog: new Catalog(noChangeLog),
    refuseIfFailed: () => undefined,
    written: () => Promise.resolve(),
    synced: () => Promise.resolve(),
    compact: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Opens the store in `home`, which is made if need be: locks it, loads the newest snapshot, replays the journals.
 *
 * A torn end of the last journal is cut off and reported; damage anywhere else throws, as does a folder in use.
 */
export async function openStore({ home, log, journalBytes }: StoreOptions): Promise<Store> {
  await mkdir(home, { recursive: true });
  await using scope = new AsyncDisposableStack();
  scope.use(await lockHome(home));

  const target: { log: ChangeLog } = { log: replaying };
  const catalog = new Catalog(forwardTo(target));
  const { generation, sizeBytes } = await recover(home, catalog, log);
  const journal = scope.use(await Journal.open(journalPath(home, generation), sizeBytes));
  await syncFolder(home);
  target.log = journal;

  const compaction = createCompaction({ home, catalog, journal, log, generation, journalBytes });
  scope.defer(() => compaction.finish());
  const closing = scope.move();
  return {
    catalog,
    refuseIfFailed: () => journal.refuseIfFailed(),
    written: () => journal.written().then(compaction.check),
    synced: () => journal.synced().then(compaction.check),
    compact: compaction.run,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** While records are replayed nothing is recorded, but sizes are known. */
const replaying: ChangeLog = { ...noChangeLog, put: (_id, _doc, raw) => raw?.length ?? 0 };

function forwardTo(target: { log: ChangeLog }): ChangeLog {
  return {
    put: (...args) => target.log.put(...args),
    remove: (...args) => target.log.remove(...args),
    createCollection: (...args) => target.log.createCollection(...args),
    dropCollection: (...args) => target.log.dropCollection(...args),
    createIndex: (...args) => target.log.createIndex(...args),
    dropIndex: (...args) => target.log.dropIndex(...args),
  };
}

async function recover(
  home: string,
  catalog: Catalog,
  log: Log,
): Promise<{ generation: number; sizeBytes: number }> {
  const { journals, snapshots } = await listGenerations(home);
  const base = snapshots.at(-1) ?? 0;
  const recovery = new Recovery(catalog);
  if (base > 0) await replaySound(snapshotPath(home, base), recovery);
  const live = journals.filter((generation) => generation >= base);
  for (const generation of live.slice(0, -1)) await replaySound(journalPath(home, generation), recovery);

  const last = live.at(-1);
  let sizeBytes = 0;
  if (last !== undefined) {
    const path = journalPath(home, last);
    const { soundBytes, totalBytes } = await replayFile(path, recovery);
    sizeBytes = soundBytes;
    if (soundBytes < totalBytes) {
      await repairTail(path, soundBytes);
      log.warn({ lostBytes: totalBytes - soundBytes }, 'journal ended in a torn record, cut off');
    }
  }
  recovery.finish();
  await removeUnfinished(home);
  await removeBefore(home, base);
  return { generation: last ?? base, sizeBytes };
}

async function replaySound(path: string, recovery: Recovery): Promise<void> {
  const { soundBytes, totalBytes } = await replayFile(path, recovery);
  if (soundBytes < totalBytes) throw new Error(`damaged at byte ${soundBytes} of ${totalBytes}: ${path}`);
}

/** A snapshot that was being written when the process ended. */
async function removeUnfinished(home: string): Promise<void> {
  const names = await readdir(home);
  for (const name of names) if (name.endsWith('.tmp')) await rm(join(home, name), { force: true });
}

async function removeBefore(home: string, base: number): Promise<void> {
  const { journals, snapshots } = await listGenerations(home);
  for (const generation of journals)
    if (generation < base) await rm(journalPath(home, generation), { force: true });
  for (const generation of snapshots)
    if (generation < base) await rm(snapshotPath(home, generation), { force: true });
}

type CompactionDeps = StoreOptions & { catalog: Catalog; journal: Journal; generation: number };

function createCompaction({ home, catalog, journal, log, generation, journalBytes }: CompactionDeps) {
  let current = generation;
  let running: Promise<void> | undefined;

  async function compact(): Promise<void> {
    const next = current + 1;
    await journal.rotate(journalPath(home, next));
    current = next;
    await syncFolder(home);
    await writeSnapshot(catalog, home, snapshotPath(home, next));
    await removeBefore(home, next);
  }

  function run(): Promise<void> {
    running ??= compact().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    run,
    /** Compacts in the background when the journal has grown enough. */
    check(): void {
      if (running || journal.sizeBytes < journalBytes) return;
      const docBytes = [...catalog.all()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      if (journal.sizeBytes < 2 * docBytes) return;
      run().catch((error: unknown) =>
        log.error({ reason: String(error) }, 'snapshot failed, the journal goes on'),
      );
    },
    /** Ends with a snapshot, so that the next start reads no journal. */
    async finish(): Promise<void> {
      await running?.catch(() => undefined);
      if (journal.sizeBytes > 0) await run();
    },
  };
}
