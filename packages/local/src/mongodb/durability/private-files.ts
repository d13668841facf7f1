import { chmod, type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The database of a home. Beside it lies its log, `-wal`, which SQLite gives the same permissions. */
export function dataPath(home: string): string {
  return join(home, 'data.sqlite');
}

/** Keeps a folder and the files in it from other users, whatever the umask was when they were made. */
export async function makePrivate(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(folder, entry.name), 0o600);
  }
}

/** Makes a file, empty where it is new, that only its owner can read. */
export async function privateFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  await file.close();
}

/** Makes new and removed names of a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
