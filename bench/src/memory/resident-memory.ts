import { readFileSync } from 'node:fs';

export type Peaks = Record<string, number>;

/** Memory that process `pid` has in RAM, in MiB (`VmRSS` of proc(5)); 0 once it is gone. Linux only. */
export function residentMibOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib ?? 0) / 1_024);
  } catch {
    return 0;
  }
}

/** Looks at processes again and again until it is disposed, and keeps the most that each took while `part()` was so much. */
export function watchMemory(pids: Readonly<Record<string, number>>, part: () => number) {
  const peaks = new Map<number, Peaks>();
  const timer = setInterval(() => {
    const now = part();
    const most = peaks.get(now) ?? {};
    for (const [name, pid] of Object.entries(pids))
      most[name] = Math.max(most[name] ?? 0, residentMibOf(pid));
    peaks.set(now, most);
  }, lookEveryMs);
  return { peaks, [Symbol.dispose]: () => clearInterval(timer) };
}

const lookEveryMs = 250;
