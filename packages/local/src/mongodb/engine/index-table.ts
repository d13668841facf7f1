import type { KeyBounds } from '../storage/interval.ts';
import type { Database } from './database.ts';
import { documentTableName } from './document-table.ts';
import { asBytes, asNumber, type Columns, Table } from './table.ts';

/** How far a scan has come: the last entry it has seen. */
export type Position = Readonly<{ key: Uint8Array; seq: number }>;

/** One stretch of an index to be read on from a position. */
export type Stretch = KeyBounds & Readonly<{ direction: 1 | -1; last: Position | undefined; limit: number }>;

/** Where index entries are read: rows of `key, seq, crc, bson`. */
export type Entries = {
  read(stretch: Stretch): Columns[];
  /** Counts entries behind `last`, and tells where it ended if that is not the end. */
  count(bounds: KeyBounds, last: Position | undefined): Count;
};
export type Count = { count: number; end: Position | undefined };

/** Entries counted in one step. */
const countMax = 10_000;

/** The entries of one index: the bytes of a key and the number of a document, in this order. */
export class IndexTable implements Entries {
  readonly #table: Table;
  readonly #forward: string;
  readonly #backward: string;

  constructor(database: Database, indexId: number, collectionId: number) {
    this.#table = new Table(database, indexTableName(indexId));
    const from = `SELECT i.key, d.seq, d.crc, d.bson FROM $ i CROSS JOIN ${documentTableName(collectionId)} d ON d.seq = i.seq`;
    this.#forward = `${from} WHERE (i.key, i.seq) > (?, ?) AND i.key < ? ORDER BY i.key, i.seq LIMIT ?`;
    this.#backward = `${from} WHERE (i.key, i.seq) < (?, ?) AND i.key >= ? ORDER BY i.key DESC, i.seq DESC LIMIT ?`;
  }

  create(): void {
    this.#table.run(
      'CREATE TABLE $ (key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID',
    );
  }

  add(key: Uint8Array, seq: number): void {
    this.#table.run('INSERT OR IGNORE INTO $ (key, seq) VALUES (?, ?)', key, seq);
  }

  remove(key: Uint8Array, seq: number): void {
    this.#table.run('DELETE FROM $ WHERE key = ? AND seq = ?', key, seq);
  }

  /** Tells whether a document other than `seq` has this key. */
  isTaken(key: Uint8Array, seq: number | undefined): boolean {
    return (
      this.#table.row('SELECT 1 FROM $ WHERE key = ? AND seq <> ? LIMIT 1', key, seq ?? -1) !== undefined
    );
  }

  read({ direction, from, to, last, limit }: Stretch): Columns[] {
    const { key, seq } = last ?? { key: direction === 1 ? from : to, seq: -1 };
    return direction === 1
      ? this.#table.rows(this.#forward, key, seq, to, limit)
      : this.#table.rows(this.#backward, key, seq, from, limit);
  }

  count({ from, to }: KeyBounds, last: Position | undefined): Count {
    const { key, seq } = last ?? { key: from, seq: -1 };
    const within = 'FROM $ WHERE (key, seq) > (?, ?) AND key < ?';
    const end = `SELECT key, seq ${within} ORDER BY key, seq LIMIT 1 OFFSET ${countMax - 1}`;
    return countOf(this.#table.row(end, key, seq, to), () =>
      this.#table.row(`SELECT count(*) ${within}`, key, seq, to),
    );
  }
}

/** Counts by `sql`, which gives the entry that is `countMax` behind a position, or the number of those that are left. */
function countOf(last: Columns | undefined, rest: () => Columns | undefined): Count {
  if (!last) return { count: asNumber(rest()?.[0]), end: undefined };
  return { count: countMax, end: { key: asBytes(last[0]), seq: asNumber(last[1]) } };
}

/** The index on `_id`, which SQLite keeps itself, since ids are unique. */
export class IdEntries implements Entries {
  readonly #table: Table;

  constructor(database: Database, collectionId: number) {
    this.#table = new Table(database, documentTableName(collectionId));
  }

  read({ direction, from, to, last, limit }: Stretch): Columns[] {
    const columns = 'SELECT id, seq, crc, bson FROM $';
    if (direction === -1)
      return this.#table.rows(
        `${columns} WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT ?`,
        last?.key ?? to,
        from,
        limit,
      );
    return last
      ? this.#table.rows(`${columns} WHERE id > ? AND id < ? ORDER BY id LIMIT ?`, last.key, to, limit)
      : this.#table.rows(`${columns} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?`, from, to, limit);
  }

  count({ from, to }: KeyBounds, last: Position | undefined): Count {
    const within = `FROM $ WHERE id ${last ? '>' : '>='} ? AND id < ?`;
    const end = `SELECT id, seq ${within} ORDER BY id LIMIT 1 OFFSET ${countMax - 1}`;
    const key = last?.key ?? from;
    return countOf(this.#table.row(end, key, to), () =>
      this.#table.row(`SELECT count(*) ${within}`, key, to),
    );
  }
}

export function indexTableName(indexId: number): string {
  return `index_${indexId}`;
}
