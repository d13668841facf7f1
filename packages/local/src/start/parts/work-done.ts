import { readFile } from 'node:fs/promises';

/** How much a process has worked since it began. */
export type WorkDone = Readonly<{ cpuTicks: number; ioBytes: number }>;

/** What a process that waits for something uses far less of in half a minute, and one that loads data far more. */
const leastCpuTicks = 150;
const leastIoBytes = 8 * 1024 * 1024;

/** Reads the work of a process from `/proc` (proc(5)); undefined where there is none. */
export async function readWorkDone(pid: number): Promise<WorkDone | undefined> {
  const [stat, io] = await Promise.all([readProc(pid, 'stat'), readProc(pid, 'io')]);
  // The name in the second field may hold blanks and brackets. utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(cpuTicks)) return undefined;
  const ioBytes = Number(/^rchar: (\d+)/m.exec(io)?.[1] ?? 0) + Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0);
  return { cpuTicks, ioBytes };
}

/** Returns whether a process did real work between two readings, rather than wait and ask again. */
export function hasWorked(before: WorkDone, after: WorkDone): boolean {
  return after.cpuTicks - before.cpuTicks >= leastCpuTicks || after.ioBytes - before.ioBytes >= leastIoBytes;
}

function readProc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
