import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from './is-alive.ts';
import { type PartProcess, stagesOf } from './stages.ts';

/** The variables by which a process can be told to be a part of the instance on a folder, and which one. */
export function partMarks(home: string, name: string): Record<string, string> {
  return { POSTHORN_PART_OF: home, POSTHORN_PART: name };
}

/** How long the parts of one stage get to end by themselves. */
const patienceMs = 10_000;

/**
 * Ends the parts that a killed instance left running on `home`, and resolves when none is left.
 *
 * Looks at the processes themselves rather than at a list in a file, which a full disk or a kill at the wrong moment
 * leaves incomplete. `listed` are process ids from such a list; those whose command line is not ours are left alone.
 */
export async function endLeftoverParts(home: string, listed: readonly PartProcess[]): Promise<void> {
  const found = new Map<number, PartProcess>();
  for (const part of listed) if (await looksLikePart(part.pid)) found.set(part.pid, part);
  for (const part of await findParts(home)) found.set(part.pid, part);
  for (const stage of stagesOf([...found.values()])) await endAll(stage);
}

/** Finds the running parts of the instance on `home`. Finds none where the system has no `/proc`. */
export async function findParts(home: string): Promise<PartProcess[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
  const parts = await Promise.all(pids.map((pid) => partAt(pid, home)));
  return parts.filter((part) => part !== undefined);
}

async function partAt(pid: number, home: string): Promise<PartProcess | undefined> {
  const environment = (await readProc(pid, 'environ')).split('\0');
  if (environment.includes(`POSTHORN_PART_OF=${home}`)) {
    const mark = environment.find((variable) => variable.startsWith('POSTHORN_PART='));
    return { name: mark?.slice('POSTHORN_PART='.length) ?? '', pid };
  }
  // Redis writes its title over its environment, but it works in its folder.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  if (folder !== path.join(home, 'redis')) return undefined;
  return /(redis|valkey)-server/.test(await readProc(pid, 'cmdline')) ? { name: 'redis', pid } : undefined;
}

async function looksLikePart(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  return /src\/main\.ts|packages\/local\/src\/|(redis|valkey)-server/.test(await readProc(pid, 'cmdline'));
}

function readProc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

async function endAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGTERM');
  if (await areGone(pids)) return;
  for (const pid of pids) signal(pid, 'SIGKILL');
  await areGone(pids);
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (pids.some(isAlive)) {
    if (performance.now() > deadline) return false;
    await new Promise((go) => setTimeout(go, 50));
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  // It may have ended by itself since it was found.
  if (isAlive(pid)) process.kill(pid, name);
}
