import { crc32 } from 'node:zlib';
import { decode } from '../values/decode.ts';
import type { Doc } from '../values/doc.ts';
import type { Database } from './database.ts';
import { asBytes, asNumber, type Columns, Table } from './table.ts';

/** A document as it was when it was read, and its place: the number of its insertion, which is the natural order. */
export class Row {
  readonly seq: number;
  readonly bson: Uint8Array;
  #doc: Doc | undefined;

  constructor(seq: number, bson: Uint8Array, doc?: Doc) {
    this.seq = seq;
    this.bson = bson;
    this.#doc = doc;
  }

  /** The document, decoded when it is first asked for. */
  get doc(): Doc {
    this.#doc ??= decode(this.bson);
    return this.#doc;
  }
}

/** The documents of one collection: BSON by number, found by the bytes of `_id` as well. Each has a checksum. */
export class DocumentTable {
  readonly #table: Table;
  readonly #namespace: string;

  constructor(database: Database, collectionId: number, namespace: string) {
    this.#table = new Table(database, documentTableName(collectionId));
    this.#namespace = namespace;
  }

  create(): void {
    this.#table.run(
      'CREATE TABLE $ (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, crc INTEGER NOT NULL, bson BLOB NOT NULL)',
    );
  }

  /** Throws SQLite's error where the id is there already. */
  insert(seq: number, id: Uint8Array, bson: Uint8Array): void {
    this.#table.run('INSERT INTO $ (seq, id, crc, bson) VALUES (?, ?, ?, ?)', seq, id, crc32(bson), bson);
  }

  replace(seq: number, bson: Uint8Array): void {
    this.#table.run('UPDATE $ SET crc = ?, bson = ? WHERE seq = ?', crc32(bson), bson, seq);
  }

  remove(seq: number): void {
    this.#table.run('DELETE FROM $ WHERE seq = ?', seq);
  }

  get(seq: number): Row | undefined {
    const columns = this.#table.row('SELECT seq, crc, bson FROM $ WHERE seq = ?', seq);
    return columns && this.read(columns);
  }

  findById(id: Uint8Array): Row | undefined {
    const columns = this.#table.row('SELECT seq, crc, bson FROM $ WHERE id = ?', id);
    return columns && this.read(columns);
  }

  /** The next rows in natural order, beginning behind `seq`. */
  after(seq: number, limit: number): Columns[] {
    return this.#table.rows('SELECT seq, crc, bson FROM $ WHERE seq > ? ORDER BY seq LIMIT ?', seq, limit);
  }

  /** The next rows in reversed natural order. */
  before(seq: number, limit: number): Columns[] {
    return this.#table.rows(
      'SELECT seq, crc, bson FROM $ WHERE seq < ? ORDER BY seq DESC LIMIT ?',
      seq,
      limit,
    );
  }

  lastSeq(): number {
    return asNumber(this.#table.row('SELECT coalesce(max(seq), 0) FROM $')?.[0]);
  }

  /** Reads `seq, crc, bson`, from column `at` on. Throws where the document is damaged. */
  read(columns: Columns, at = 0): Row {
    const bson = asBytes(columns[at + 2]);
    const seq = asNumber(columns[at]);
    if (crc32(bson) !== columns[at + 1]) throw new Error(`document ${seq} of ${this.#namespace} is damaged`);
    return new Row(seq, bson);
  }
}

export function documentTableName(collectionId: number): string {
  return `documents_${collectionId}`;
}
