import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Thrown where a data folder is in use; the message names the process. */
export class HomeInUse extends Error {
  override readonly name = 'HomeInUse';
}

/**
 * Takes the data folder for this process, by a file that holds its pid and the time it started.
 *
 * A lock whose process is gone is taken over, also where its pid belongs to another process by now. Throws
 * `HomeInUse` otherwise.
 */
export async function lockHome(home: string): Promise<AsyncDisposable> {
  const path = join(home, 'lock');
  const own = await identityOfProcess(process.pid);
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, own, { mode: 0o600 });
  try {
    if (!(await linkNew(mine, path))) await takeOver(path, mine);
  } finally {
    await rm(mine, { force: true });
  }
  return {
    async [Symbol.asyncDispose]() {
      await rm(path, { force: true });
    },
  };
}

async function takeOver(path: string, mine: string): Promise<void> {
  const holder = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(holder.split(' ')[0]);
  if (pid > 0 && (await identityOfProcess(pid)) === holder)
    throw new HomeInUse(`in use by process ${pid}: ${path}`);
  // Renaming moves exactly one file, so of two who find the same stale lock one gets here with another's new one.
  const stale = `${mine}.stale`;
  await rename(path, stale).catch(() => undefined);
  const moved = await readFile(stale, 'utf8').catch(() => holder);
  if (moved !== holder) await linkNew(stale, path);
  await rm(stale, { force: true });
  if (!(await linkNew(mine, path))) throw new HomeInUse(`another process has just taken ${path}`);
}

async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The pid, with the time it started where Linux tells (proc(5), field 22 of stat); empty for no process. */
async function identityOfProcess(pid: number): Promise<string> {
  if (!isAlive(pid)) return '';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startTicks}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
