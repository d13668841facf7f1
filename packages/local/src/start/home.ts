import { chmod, lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';

const everyoneElse = 0o077;
const folders = ['dispatcher', 'logs', 'mailbox', 'mongodb', 'redis'];
const files = ['first-steps.json', 'lock', 'running.json', 'secret'];

/**
 * Makes the folder of all local data, closes what Posthorn keeps in it to other users, and returns its path with
 * links resolved. Mail, contacts and keys lie in it; an older version left them readable.
 *
 * The folder itself is closed too, unless it holds something else as well, such as a user's whole home.
 */
export async function openHome(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = await realpath(folder);
  const entries = await readdir(home);
  const ours = entries.filter((name) => folders.includes(name) || files.includes(name));
  if (ours.length === entries.length) await close(home);
  for (const name of ours) await closeAll(path.join(home, name));
  return home;
}

async function closeAll(file: string): Promise<void> {
  await close(file);
  if (!(await lstat(file)).isDirectory()) return;
  for (const entry of await readdir(file, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory() || entry.isFile()) await close(path.join(entry.parentPath, entry.name));
  }
}

async function close(file: string): Promise<void> {
  try {
    const { mode } = await lstat(file);
    if (mode & everyoneElse) await chmod(file, mode & 0o7777 & ~everyoneElse);
  } catch (error) {
    if (!isHarmless(error)) throw error;
  }
}

/** A temporary file of a part that still runs may be gone by now; what belongs to another user stays as it is. */
function isHarmless(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOENT', 'EPERM', 'EROFS'].includes(code);
}
