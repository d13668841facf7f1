import type { Row } from '../engine/document-table.ts';
import type { Columns } from '../engine/table.ts';

const firstRowsDefault = 32;
const rowsMax = 256;
/** What rows read ahead should take in memory, judged by the mean size of a document. */
const bytesMax = 1024 * 1024;

/** What is read from, as far as reading has to know. */
export type Readable = { version: () => number; meanBytes: () => number; isDropped: () => boolean };

type Source<Position> = {
  read: (last: Position | undefined, limit: number) => Columns[];
  positionOf: (columns: Columns) => Position;
  rowOf: (columns: Columns) => Row;
  /** How many rows are probably wanted. */
  wanted?: number | undefined;
};

/**
 * Reads rows a few at a time, then more at a time, and holds no statement open in between.
 *
 * Each row is what the collection holds when it is given: where anything was changed since the last one, what was read
 * ahead is read again.
 */
export function* readAhead<Position>(readable: Readable, source: Source<Position>): Generator<Row> {
  let last: Position | undefined;
  let limit = Math.min(source.wanted ?? firstRowsDefault, rowsMax);
  for (;;) {
    if (readable.isDropped()) return;
    const version = readable.version();
    const bound = Math.max(1, Math.min(limit, Math.floor(bytesMax / (readable.meanBytes() + 1))));
    const batch = source.read(last, bound);
    for (const columns of batch) {
      last = source.positionOf(columns);
      yield source.rowOf(columns);
      if (readable.version() !== version) break;
    }
    if (batch.length < bound && readable.version() === version) return;
    limit = Math.min(limit * 2, rowsMax);
  }
}
