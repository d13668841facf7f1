import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a generation's journal is. */
export function journalPath(home: string, generation: number): string {
  return join(home, `journal-${String(generation).padStart(6, '0')}.log`);
}

/** Where a generation's snapshot is: all documents at the start of its journal. Generation 0 has none. */
export function snapshotPath(home: string, generation: number): string {
  return join(home, `snapshot-${String(generation).padStart(6, '0')}.log`);
}

/** The generations of which there is a journal or a snapshot, ascending. */
export async function listGenerations(home: string): Promise<{ journals: number[]; snapshots: number[] }> {
  const names = await readdir(home);
  const numbered = (kind: string) =>
    names
      .map((name) => new RegExp(`^${kind}-(\\d+)\\.log$`).exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  return { journals: numbered('journal'), snapshots: numbered('snapshot') };
}

/** Makes new and removed names of a folder durable. */
export async function syncFolder(home: string): Promise<void> {
  const folder: FileHandle = await open(home, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
