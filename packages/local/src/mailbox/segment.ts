import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replayRecords } from './log-record.ts';
import type { Replay } from './mail-log.ts';

/** One file of the log, open for reading and, if it is the last, for appending at `sizeBytes`. */
export type Segment = { number: number; handle: FileHandle; path: string; sizeBytes: number };

/** Opens and replays all segments of a folder, oldest first. The last is cut to its whole records: it is written on. */
export async function openSegments(folder: string, replay: Replay): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{8}\.log$/.test(name)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const number = Number.parseInt(name, 10);
    const bytes = await readFile(path);
    const sizeBytes = replayRecords(bytes, number, replay);
    const handle = await open(path, 'r+');
    if (name === names.at(-1) && sizeBytes < bytes.length) await handle.truncate(sizeBytes);
    segments.push({ number, handle, path, sizeBytes });
  }
  return segments;
}

/** Begins a new segment; its name is on disk when this resolves. */
export async function createSegment(folder: string, number: number): Promise<Segment> {
  const path = join(folder, `${String(number).padStart(8, '0')}.log`);
  const handle = await open(path, 'w+');
  const parent = await open(folder, 'r');
  // Without this the file's name, and with it every message in it, may be lost with the power.
  await parent.sync().finally(() => parent.close());
  return { number, handle, path, sizeBytes: 0 };
}

/** Appends bytes and waits until they are on disk; where that fails, they are cut off again. */
export async function writeDurably(segment: Segment, bytes: Buffer): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const rest = bytes.length - done;
      done += (await segment.handle.write(bytes, done, rest, segment.sizeBytes + done)).bytesWritten;
    }
    await segment.handle.datasync();
  } catch (error) {
    await segment.handle.truncate(segment.sizeBytes).catch(() => undefined);
    throw error;
  }
  segment.sizeBytes += bytes.length;
}

/** Removes a segment; reads under way still end. */
export async function dropSegment({ path, handle }: Segment): Promise<void> {
  await rm(path, { force: true });
  await handle.close();
}
