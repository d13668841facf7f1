import { randomBytes } from 'node:crypto';
import type { Clock } from '@posthorn/runtime';
import { serialize } from 'bson';
import { Refusal } from '../errors.ts';
import type { Collection } from '../storage/collection.ts';
import type { Doc } from '../values/doc.ts';
import { Batch } from './batch.ts';
import { nextPaced, type Pacer } from './pacer.ts';

/** A cursor left alone for so long is closed, as in MongoDB. */
const idleMs = 10 * 60 * 1000;
/** Documents a first batch holds where the client names no number. */
const firstBatchDocs = 101;
/** A batch ends here, so that writing it down does not hold up others; only a single batch may be as long as a message. */
const batchBytesMax = 2 * 1024 * 1024;
const singleBatchBytesMax = 16 * 1024 * 1024 - 64 * 1024;

/** A document, or the BSON of one. */
export type Found = Doc | Uint8Array;

/** A query's documents, undefined now and then where others may run. */
export type DocSource = Iterator<Found | undefined>;

type Cursor = {
  namespace: string;
  source: DocSource;
  /** Read ahead, since only the next document tells whether there is one. */
  next: Found | undefined;
  collection: Collection | undefined;
  usedAtMs: number;
  isBusy: boolean;
};

export type CursorRequest = {
  namespace: string;
  source: DocSource;
  batchSize: number | undefined;
  isSingleBatch: boolean;
  collection?: Collection | undefined;
};

/** The cursors of all connections. */
export class CursorStore {
  readonly #cursors = new Map<bigint, Cursor>();
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Number of open cursors. */
  get size(): number {
    return this.#cursors.size;
  }

  /** Answers a query with its first batch and, where more follows, an open cursor. */
  async open(request: CursorRequest, pacer: Pacer): Promise<Doc> {
    const { namespace, source, collection, isSingleBatch, batchSize = firstBatchDocs } = request;
    const next = batchSize === 0 ? undefined : await nextPaced(source, pacer);
    const usedAtMs = this.#clock.nowMs();
    const cursor: Cursor = { namespace, source, next, collection, usedAtMs, isBusy: false };
    const bytesMax = isSingleBatch ? singleBatchBytesMax : batchBytesMax;
    const firstBatch = await takeBatch(cursor, { batchSize, bytesMax }, pacer);
    const isOpen = !isSingleBatch && (cursor.next !== undefined || batchSize === 0);
    return { cursor: { firstBatch, id: isOpen ? this.#keep(cursor) : 0n, ns: namespace }, ok: 1 };
  }

  /** Answers `getMore`. Throws `CursorNotFound` for one that is closed, `QueryPlanKilled` where its collection was dropped. */
  async more(
    id: bigint,
    { namespace, batchSize }: { namespace: string; batchSize: number },
    pacer: Pacer,
  ): Promise<Doc> {
    const cursor = this.#cursors.get(id);
    if (!cursor || cursor.namespace !== namespace || cursor.isBusy) {
      throw new Refusal('CursorNotFound', `cursor id ${id} not found`);
    }
    if (cursor.collection?.isDropped) {
      this.#cursors.delete(id);
      throw new Refusal('QueryPlanKilled', 'collection dropped');
    }
    cursor.isBusy = true;
    try {
      cursor.next ??= await nextPaced(cursor.source, pacer);
      const nextBatch = await takeBatch(cursor, { batchSize, bytesMax: batchBytesMax }, pacer);
      cursor.usedAtMs = this.#clock.nowMs();
      if (cursor.next === undefined) this.#cursors.delete(id);
      return { cursor: { nextBatch, id: cursor.next === undefined ? 0n : id, ns: namespace }, ok: 1 };
    } finally {
      cursor.isBusy = false;
    }
  }

  /** Closes a cursor; false where there was none. */
  kill(id: bigint): boolean {
    return this.#cursors.delete(id);
  }

  /** Closes cursors that nobody has read for ten minutes. */
  sweep(): void {
    const oldestMs = this.#clock.nowMs() - idleMs;
    for (const [id, cursor] of this.#cursors) {
      if (cursor.usedAtMs < oldestMs && !cursor.isBusy) this.#cursors.delete(id);
    }
  }

  #keep(cursor: Cursor): bigint {
    // Positive, and never 0, which means no cursor.
    const id = (randomBytes(8).readBigUInt64LE() >> 1n) | 1n;
    this.#cursors.set(id, cursor);
    return id;
  }
}

type BatchLimits = { batchSize: number; bytesMax: number };

async function takeBatch(cursor: Cursor, { batchSize, bytesMax }: BatchLimits, pacer: Pacer): Promise<Batch> {
  const batch: Uint8Array[] = [];
  let sizeBytes = 0;
  while (cursor.next !== undefined && batch.length < batchSize) {
    const bson =
      cursor.next instanceof Uint8Array ? cursor.next : serialize(cursor.next, { ignoreUndefined: true });
    if (batch.length > 0 && sizeBytes + bson.length > bytesMax) break;
    sizeBytes += bson.length;
    batch.push(bson);
    if (pacer.isDue()) await pacer.pause();
    cursor.next = await nextPaced(cursor.source, pacer);
  }
  return new Batch(batch);
}
