import { readdirSync, readFileSync } from 'node:fs';
import { cpuMsOfTicks } from './process-cpu.ts';

type Stat = Readonly<{ pid: number; parent: number; ticks: number }>;

/**
 * CPU time in milliseconds that process `pid` and its descendants have used, those that ended already included, as
 * far as their parents waited for them: what a server costs that starts and ends processes as it works. Linux only.
 */
export function treeCpuMsOf(pid: number): number {
  const stats = readdirSync('/proc').flatMap((name) => statOf(Number(name)) ?? []);
  const tree = new Set([pid]);
  // A child may be listed before its parent, so look until nothing is new.
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const { pid: child, parent } of stats) if (tree.has(parent)) tree.add(child);
  }
  return cpuMsOfTicks(stats.filter((stat) => tree.has(stat.pid)).reduce((sum, { ticks }) => sum + ticks, 0));
}

function statOf(pid: number): Stat | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Fields 14 to 17 of proc(5): its own user and system time, and those of its children that ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}
