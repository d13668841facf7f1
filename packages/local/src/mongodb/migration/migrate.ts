import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dataPath, makePrivate, privateFile, syncFolder } from '../durability/private-files.ts';
import type { Log } from '../durability/store.ts';
import { Database } from '../engine/database.ts';
import { Catalog } from '../storage/catalog.ts';
import { hasRecordBehind, listOldFiles, type OldFiles, readOldFile } from './old-files.ts';
import { Replay } from './replay.ts';

/**
 * Brings what a version before SQLite kept in `home`, a snapshot and journals, into the database.
 *
 * Written beside and renamed when it is complete and synced: after a crash it begins anew. The former files are then
 * moved into `before-sqlite`, which nothing reads. A torn last record is left out and reported; for damage anywhere
 * else this throws, and changes nothing.
 */
export async function migrateHome(home: string, log: Log): Promise<void> {
  const files = await listOldFiles(home);
  await removeUnfinished(home);
  if (files.names.length === 0) return;
  if (!(await exists(dataPath(home)))) {
    log.info({ files: files.names.length }, 'moving the data into a new format, once');
    await fillAnew(home, files, log);
  }
  await putAside(home, files.names);
  log.info({ folder: join(home, 'before-sqlite') }, 'the former files are kept aside and can be deleted');
}

async function fillAnew(home: string, files: OldFiles, log: Log): Promise<void> {
  const path = dataPath(home);
  const unfinished = `${path}.new`;
  await privateFile(unfinished);
  try {
    await fill(unfinished, files, log);
  } catch (error) {
    await removeUnfinished(home);
    throw error;
  }
  await rename(unfinished, path);
  await syncFolder(home);
}

async function fill(path: string, { snapshot, journals }: OldFiles, log: Log): Promise<void> {
  using database = new Database({ path, log });
  const replay = new Replay(new Catalog(database));
  const all = [...(snapshot === undefined ? [] : [snapshot]), ...journals];
  for (const file of all) {
    const isLast = file === journals.at(-1);
    const { soundBytes, totalBytes } = await readOldFile(file, (record) => replay.apply(record));
    if (soundBytes < totalBytes) {
      if (!isLast || (await hasRecordBehind(file, soundBytes))) throw damaged(file, soundBytes, totalBytes);
      log.warn({ lostBytes: totalBytes - soundBytes }, 'journal ended in a torn record, left out');
    }
    log.info({ file: basename(file), bytes: soundBytes }, 'moved a file into the new format');
  }
  await replay.buildIndexes((namespace, index) => log.info({ namespace, index }, 'built an index'));
}

function damaged(path: string, soundBytes: number, totalBytes: number): Error {
  return new Error(
    `damaged at byte ${soundBytes} of ${totalBytes}: ${path}. Nothing was changed. ` +
      `Put a copy of the folder in its place, or go on without what follows: truncate -s ${soundBytes} '${path}'`,
  );
}

async function putAside(home: string, names: readonly string[]): Promise<void> {
  const aside = join(home, 'before-sqlite');
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const name of names) await rename(join(home, name), join(aside, name));
  await makePrivate(aside);
  await syncFolder(aside);
  await syncFolder(home);
}

/** What is left of a migration, or of a snapshot, that was cut short. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home))
    if (name.startsWith('data.sqlite.new') || name.endsWith('.log.tmp'))
      await rm(join(home, name), { force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
