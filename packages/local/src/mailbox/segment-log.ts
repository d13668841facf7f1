import { mkdir } from 'node:fs/promises';
import { encodeRecord } from './log-record.ts';
import type { LogEntry, MailLog, Place, Replay } from './mail-log.ts';
import { createSegment, dropSegment, openSegments, type Segment, writeDurably } from './segment.ts';

/** A segment is closed once it is larger; what is read at once when the log is opened. */
const segmentBytesMax = 64 * 1024 * 1024;

/** Bytes written by one write and one fsync; what is more waits for the next. */
const batchBytesMax = 16 * 1024 * 1024;

type Pending = {
  record: Buffer;
  bodyBytes: number;
  resolve: (place: Place) => void;
  reject: (error: unknown) => void;
};

/** Opens the log kept in `folder`, made where missing, and replays it. */
export async function openSegmentLog(folder: string, replay: Replay): Promise<MailLog> {
  await mkdir(folder, { recursive: true });
  return new SegmentLog(folder, await openSegments(folder, replay));
}

/**
 * A log on disk.
 *
 * Many appends share one fsync (group commit): while one is under way the next ones gather, and leave together. So
 * the disk's cost is paid once for each batch, however many messages are in it, and `append` still resolves only when
 * its own record is on disk. Where a write failed the record is cut off again and the log goes on in a new segment,
 * since after a failed fsync nothing is known of the old one.
 */
class SegmentLog implements MailLog {
  readonly where: string;
  readonly #segments: Map<number, Segment>;
  readonly #queue: Pending[] = [];
  #current: Segment | null;
  #isRotationDue = false;
  #writing: Promise<void> | null = null;

  constructor(folder: string, segments: readonly Segment[]) {
    this.where = folder;
    this.#segments = new Map(segments.map((segment) => [segment.number, segment]));
    this.#current = segments.at(-1) ?? null;
  }

  append(entry: LogEntry, body: Buffer = Buffer.alloc(0)): Promise<Place> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ record: encodeRecord(entry, body), bodyBytes: body.length, resolve, reject });
      this.#writing ??= this.#writeQueue();
    });
  }

  async read({ segment, offsetBytes, sizeBytes }: Place): Promise<Buffer | null> {
    const held = this.#segments.get(segment);
    if (!held) return null;
    const bytes = Buffer.allocUnsafe(sizeBytes);
    const { bytesRead } = await held.handle.read(bytes, 0, sizeBytes, offsetBytes);
    if (bytesRead < sizeBytes) throw new Error('the segment is shorter than its index says');
    return bytes;
  }

  rotate(): void {
    this.#isRotationDue = true;
  }

  async dropBefore(number: number): Promise<void> {
    for (const segment of this.#segments.values()) {
      // Oldest first, and no further: what a later segment says of an older message must not outlive that message.
      if (segment.number >= number) return;
      this.#segments.delete(segment.number);
      await dropSegment(segment);
    }
  }

  sizeBytes(): number {
    return this.#segments.values().reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    for (const segment of this.#segments.values()) await segment.handle.close();
    this.#segments.clear();
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = takeBatch(this.#queue);
      try {
        const segment = await this.#segmentToWrite();
        const startBytes = segment.sizeBytes;
        await writeDurably(segment, Buffer.concat(batch.map(({ record }) => record)));
        settle(batch, segment.number, startBytes);
      } catch (error) {
        this.#isRotationDue = true;
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = null;
  }

  async #segmentToWrite(): Promise<Segment> {
    const current = this.#current;
    // An empty one is as good as a new one: nothing that was acknowledged is in it. A full disk would make thousands.
    const isUsable = current && (current.sizeBytes === 0 || !this.#isRotationDue);
    if (isUsable && current.sizeBytes < segmentBytesMax) return current;
    this.#isRotationDue = false;
    const created = await createSegment(this.where, (current?.number ?? 0) + 1);
    this.#segments.set(created.number, created);
    this.#current = created;
    return created;
  }
}

/** Takes from the queue what one write may carry, at least one record. */
function takeBatch(queue: Pending[]): Pending[] {
  let count = 0;
  for (let bytes = 0; count < queue.length && bytes < batchBytesMax; count++) {
    bytes += queue[count]?.record.length ?? 0;
  }
  return queue.splice(0, count);
}

function settle(batch: readonly Pending[], segment: number, startBytes: number): void {
  let endBytes = startBytes;
  for (const { record, bodyBytes, resolve } of batch) {
    endBytes += record.length;
    resolve({ segment, offsetBytes: endBytes - bodyBytes, sizeBytes: bodyBytes });
  }
}
