import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeRecord, replayRecords } from './log-record.ts';
import type { LogEntry, MailLog, Place, Replay } from './mail-log.ts';

/** A segment is closed once it is larger; what is read at once when the log is opened. */
const segmentBytesMax = 64 * 1024 * 1024;

/** Records written by one write and one fsync; more wait for the next. */
const batchBytesMax = 16 * 1024 * 1024;

type Segment = { number: number; handle: FileHandle; path: string; sizeBytes: number };

type Pending = {
  record: Buffer;
  bodyBytes: number;
  resolve: (place: Place) => void;
  reject: (error: unknown) => void;
};

/**
 * Opens the log kept in `folder`, made where missing, and replays it.
 *
 * Many appends share one fsync (group commit): while one is under way the next ones gather, and leave together.
 * So the cost of the disk is paid once for each batch, however many messages are in it, and `append` still resolves
 * only when its own record is on disk. A record whose write failed is cut off again; the log goes on in a new
 * segment, since after a failed fsync nothing is known of the old one.
 */
export async function openSegmentLog(folder: string, replay: Replay): Promise<MailLog> {
  await mkdir(folder, { recursive: true });
  const segments = await openSegments(folder, replay);
  const queue: Pending[] = [];
  let writing: Promise<void> | null = null;
  let isRotationDue = false;

  async function current(): Promise<Segment> {
    const last = [...segments.values()].at(-1);
    if (last && !isRotationDue && last.sizeBytes < segmentBytesMax) return last;
    isRotationDue = false;
    const created = await createSegment(folder, (last?.number ?? 0) + 1);
    segments.set(created.number, created);
    return created;
  }

  async function writeQueue(): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      try {
        const segment = await current();
        const startBytes = segment.sizeBytes;
        await writeDurably(segment, Buffer.concat(batch.map(({ record }) => record)));
        settle(batch, segment.number, startBytes);
      } catch (error) {
        isRotationDue = true;
        for (const { reject } of batch) reject(error);
      }
    }
    writing = null;
  }

  return {
    append(entry: LogEntry, body = Buffer.alloc(0)) {
      return new Promise<Place>((resolve, reject) => {
        queue.push({ record: encodeRecord(entry, body), bodyBytes: body.length, resolve, reject });
        writing ??= writeQueue();
      });
    },
    async read({ segment, offsetBytes, sizeBytes }) {
      const held = segments.get(segment);
      if (!held) throw new Error('the message was dropped');
      const bytes = Buffer.allocUnsafe(sizeBytes);
      const { bytesRead } = await held.handle.read(bytes, 0, sizeBytes, offsetBytes);
      if (bytesRead < sizeBytes) throw new Error('the segment is shorter than its index says');
      return bytes;
    },
    rotate() {
      isRotationDue = true;
    },
    async dropBefore(number) {
      for (const segment of [...segments.values()].filter((held) => held.number < number)) {
        segments.delete(segment.number);
        await rm(segment.path, { force: true });
        await segment.handle.close();
      }
    },
    sizeBytes: () => segments.values().reduce((sum, segment) => sum + segment.sizeBytes, 0),
    where: folder,
    async [Symbol.asyncDispose]() {
      await writing;
      for (const segment of segments.values()) await segment.handle.close();
      segments.clear();
    },
  };
}

/** Opens all segments in order. The last one is cut to its whole records, since it is written on. */
async function openSegments(folder: string, replay: Replay): Promise<Map<number, Segment>> {
  const names = (await readdir(folder)).filter((name) => /^\d{8}\.log$/.test(name)).sort();
  const segments = new Map<number, Segment>();
  for (const name of names) {
    const path = join(folder, name);
    const number = Number.parseInt(name, 10);
    const bytes = await readFile(path);
    const sizeBytes = replayRecords(bytes, number, replay);
    const handle = await open(path, 'r+');
    if (name === names.at(-1) && sizeBytes < bytes.length) await handle.truncate(sizeBytes);
    segments.set(number, { number, handle, path, sizeBytes });
  }
  return segments;
}

async function createSegment(folder: string, number: number): Promise<Segment> {
  const path = join(folder, `${String(number).padStart(8, '0')}.log`);
  const handle = await open(path, 'w+');
  const parent = await open(folder, 'r');
  // Without this the file's name, and with it every message in it, may be lost with the power.
  await parent.sync().finally(() => parent.close());
  return { number, handle, path, sizeBytes: 0 };
}

/** Takes from the queue what one write may carry, at least one record. */
function takeBatch(queue: Pending[]): Pending[] {
  let count = 0;
  for (let bytes = 0; count < queue.length && bytes < batchBytesMax; count++) {
    bytes += queue[count]?.record.length ?? 0;
  }
  return queue.splice(0, count);
}

async function writeDurably(segment: Segment, bytes: Buffer): Promise<void> {
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

function settle(batch: Pending[], segment: number, startBytes: number): void {
  let endBytes = startBytes;
  for (const { record, bodyBytes, resolve } of batch) {
    endBytes += record.length;
    resolve({ segment, offsetBytes: endBytes - bodyBytes, sizeBytes: bodyBytes });
  }
}
