import { readFile } from 'node:fs/promises';

/** How much a process has worked since it began. */
export type WorkDone = Readonly<{ cpuTicks: number; ioBytes: number }>;

/** One part in twenty of a core, and 256 KiB a second: a process that waits for something uses far less, one that loads data far more. */
const leastCpuTicksPerSecond = 5;
const leastIoBytesPerSecond = 256 * 1024;

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

/** Returns whether a process did what is real work in `seconds` between two readings, rather than wait and ask again. */
export function hasWorked(before: WorkDone, after: WorkDone, seconds: number): boolean {
  return (
    after.cpuTicks - before.cpuTicks >= leastCpuTicksPerSecond * seconds ||
    after.ioBytes - before.ioBytes >= leastIoBytesPerSecond * seconds
  );
}

function readProc(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
