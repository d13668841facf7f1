import { serialize } from 'bson';
import { type IndexSpec, indexSpecToDoc, parseIndexSpec } from '../storage/index-spec.ts';
import { decode } from '../values/decode.ts';
import type { Database } from './database.ts';
import { asBytes, asNumber, Table } from './table.ts';

export type CollectionEntry = Readonly<{
  id: number;
  db: string;
  name: string;
  count: number;
  sizeBytes: number;
}>;
export type IndexEntry = Readonly<{ id: number; collectionId: number; spec: IndexSpec; isMultikey: boolean }>;

/** Which collections and indexes there are, with the figures that would take long to count. */
export class CatalogTable {
  readonly #collections: Table;
  readonly #indexes: Table;
  readonly #schema: Table;

  /** Makes the tables where the database is new. Throws where a later version wrote it. */
  constructor(database: Database) {
    this.#schema = new Table(database, 'sqlite_schema');
    this.#collections = new Table(database, 'collections');
    this.#indexes = new Table(database, 'indexes');
    const version = asNumber(this.#schema.row('PRAGMA user_version')?.[0]);
    if (version > formatVersion)
      throw new Error(
        `the data has format ${version}, written by a later version than this one, which knows ${formatVersion}`,
      );
    if (version === 0) database.write(() => this.#create());
  }

  collections(): CollectionEntry[] {
    return this.#collections
      .rows('SELECT id, db, name, count, sizeBytes FROM $ ORDER BY id')
      .map(([id, db, name, count, sizeBytes]) => ({
        id: asNumber(id),
        db: String(db),
        name: String(name),
        count: asNumber(count),
        sizeBytes: asNumber(sizeBytes),
      }));
  }

  indexes(): IndexEntry[] {
    return this.#indexes
      .rows('SELECT id, collectionId, spec, isMultikey FROM $ ORDER BY id')
      .map(([id, collectionId, spec, isMultikey]) => ({
        id: asNumber(id),
        collectionId: asNumber(collectionId),
        spec: parseIndexSpec(decode(asBytes(spec))),
        isMultikey: isMultikey === 1,
      }));
  }

  /** Every table of documents or index entries, in the catalog or not. */
  tableNames(): string[] {
    const names =
      "SELECT name FROM $ WHERE type = 'table' AND (name GLOB 'documents_*' OR name GLOB 'index_*')";
    return this.#schema.rows(names).map(([name]) => String(name));
  }

  addCollection({ id, db, name }: CollectionEntry): void {
    this.#collections.run(
      'INSERT INTO $ (id, db, name, count, sizeBytes) VALUES (?, ?, ?, 0, 0)',
      id,
      db,
      name,
    );
  }

  /** Removes a collection and its indexes from the catalog, not their tables. */
  removeCollection(id: number): void {
    this.#indexes.run('DELETE FROM $ WHERE collectionId = ?', id);
    this.#collections.run('DELETE FROM $ WHERE id = ?', id);
  }

  saveFigures(id: number, count: number, sizeBytes: number): void {
    this.#collections.run('UPDATE $ SET count = ?, sizeBytes = ? WHERE id = ?', count, sizeBytes, id);
  }

  addIndex({ id, collectionId, spec, isMultikey }: IndexEntry): void {
    const bson = serialize(indexSpecToDoc(spec));
    const sql = 'INSERT INTO $ (id, collectionId, spec, isMultikey) VALUES (?, ?, ?, ?)';
    this.#indexes.run(sql, id, collectionId, bson, Number(isMultikey));
  }

  removeIndex(id: number): void {
    this.#indexes.run('DELETE FROM $ WHERE id = ?', id);
  }

  markMultikey(id: number): void {
    this.#indexes.run('UPDATE $ SET isMultikey = 1 WHERE id = ?', id);
  }

  #create(): void {
    this.#collections.run(
      'CREATE TABLE $ (id INTEGER PRIMARY KEY, db TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, sizeBytes INTEGER NOT NULL, UNIQUE (db, name))',
    );
    this.#indexes.run(
      'CREATE TABLE $ (id INTEGER PRIMARY KEY, collectionId INTEGER NOT NULL, spec BLOB NOT NULL, isMultikey INTEGER NOT NULL)',
    );
    this.#schema.run(`PRAGMA user_version = ${formatVersion}`);
  }
}

const formatVersion = 1;
