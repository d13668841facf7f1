import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Clock ticks a second in which the kernel counts CPU time (sysconf _SC_CLK_TCK). */
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time in milliseconds, user and system, that process `pid` has used with all its threads; 0 once it is gone. Linux only. */
export function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return cpuMsOfTicks(Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

export function cpuMsOfTicks(ticks: number): number {
  return (ticks * 1_000) / ticksPerSecond;
}
