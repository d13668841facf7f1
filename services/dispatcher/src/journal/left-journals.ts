import { readdir, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Logger } from '@posthorn/runtime';
import type { DeliveryMarks } from '../delivery-mark.ts';
import type { MarkSeal } from '../redis-marks.ts';
import { entriesIn, type JournalEntry } from './journal-entry.ts';
import { segmentSilentMs } from './outcome-journal.ts';

export type LeftJournalsDeps = Readonly<{
  folder: string;
  marksOf: (lane: string) => Pick<DeliveryMarks, 'read' | 'write'>;
  seal?: MarkSeal;
  nowMs: () => number;
  /** This process has no journal yet: one under its pid is of another that had it before, as a container's often is. */
  isFirstLook?: boolean;
  log: Logger;
}>;

/**
 * Brings what dead processes noted into Redis: a delivery that is `committing` there, in the very attempt that was noted,
 * gets its end. Whoever takes its bag over then finds it decided. Resolves with how many there were; rejects with
 * `unavailable` while Redis is away, and has then changed nothing that a repeat would not.
 */
export async function bringInLeftJournals(deps: LeftJournalsDeps): Promise<number> {
  const names = await readdir(deps.folder).catch(() => []);
  let count = 0;
  for (const name of names.filter((name) => name.endsWith('.jsonl'))) {
    const file = path.join(deps.folder, name);
    if (!(await isLeftBehind(name, file, deps))) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    count += await bringIn(entriesIn(text, deps.seal), deps);
    await unlink(file).catch(() => undefined);
  }
  if (count > 0) deps.log.info({ count }, 'outcomes of a dead process were brought in');
  return count;
}

/** A pid says something on its own machine only. */
async function isLeftBehind(
  name: string,
  file: string,
  { isFirstLook = false, ...deps }: LeftJournalsDeps,
): Promise<boolean> {
  const nowMs = deps.nowMs();
  const { mtimeMs = nowMs } = (await stat(file).catch(() => undefined)) ?? {};
  if (nowMs - mtimeMs > segmentSilentMs) return true;
  const [host, text] = name.split('_');
  const pid = Number(text);
  return host === hostname() && (pid === process.pid ? isFirstLook : !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function bringIn(entries: readonly JournalEntry[], { marksOf }: LeftJournalsDeps): Promise<number> {
  let count = 0;
  for (const [lane, noted] of Map.groupBy(entries, (entry) => entry.lane)) {
    const marks = marksOf(lane);
    const known = await marks.read(noted.map(({ deliveryId }) => deliveryId));
    for (const { deliveryId, ambiguousCount, event, expiresAtMs } of noted) {
      const mark = known.get(deliveryId);
      if (mark?.state !== 'committing' || mark.attempt !== event.attempt) continue;
      await marks.write(deliveryId, { state: 'ended', ambiguousCount, event }, expiresAtMs);
      count += 1;
    }
  }
  return count;
}
