import type { IndexEntry as CatalogIndex, CatalogTable, CollectionEntry } from '../engine/catalog-table.ts';
import { type Database, isUniqueViolation } from '../engine/database.ts';
import { DocumentTable, documentTableName, Row } from '../engine/document-table.ts';
import type { DroppedTables } from '../engine/dropped-tables.ts';
import { IdEntries, type Position } from '../engine/index-table.ts';
import { asBytes } from '../engine/table.ts';
import { Refusal } from '../errors.ts';
import type { Doc } from '../values/doc.ts';
import { encodeStored, refuseLarge } from './document-size.ts';
import { duplicateKey } from './duplicate-key.ts';
import { Figures } from './figures.ts';
import { createIndexBuild, type IndexBuild } from './index-build.ts';
import { existingIndex, type IndexSpec, parseIndexSpec } from './index-spec.ts';
import type { Interval } from './interval.ts';
import { readAhead } from './read-ahead.ts';
import { type IndexScan, SecondaryIndex } from './secondary-index.ts';
import { type StoredChange, StoredIndex } from './stored-index.ts';

const idSpec = parseIndexSpec({ key: { _id: 1 }, name: '_id_', unique: true });

/** What the collections of one server share. */
export type Engine = Readonly<{
  database: Database;
  catalog: CatalogTable;
  dropped: DroppedTables;
  /** Numbers of tables, never given twice. */
  nextId: () => number;
}>;

/**
 * The documents of one namespace with their indexes.
 *
 * A change is complete, and part of the current transaction, when its method returns. Rows are copies of what was
 * stored when they were read: whoever changes one must have read it in the same turn.
 */
export class Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  readonly #engine: Engine;
  readonly #documents: DocumentTable;
  readonly #idIndex: SecondaryIndex;
  readonly #stored = new Map<string, StoredIndex>();
  /** Indexes that are not complete yet: changes are told to them, but nothing is found by them. */
  readonly #building = new Set<StoredIndex>();
  #lastBuild: Promise<unknown> = Promise.resolve();
  #lastSeq: number;
  readonly #figures: Figures;
  #isDropped = false;

  constructor(engine: Engine, entry: CollectionEntry, isNew = false) {
    const { id, db, name } = entry;
    this.id = id;
    this.db = db;
    this.name = name;
    this.#engine = engine;
    this.#documents = new DocumentTable(engine.database, id, this.namespace);
    this.#idIndex = new SecondaryIndex(idSpec, new IdEntries(engine.database, id));
    this.#figures = new Figures(engine, entry);
    this.#lastSeq = isNew ? 0 : this.#documents.lastSeq();
  }

  /** Makes a collection with its table, as part of the current transaction. */
  static create(engine: Engine, entry: CollectionEntry): Collection {
    engine.catalog.addCollection(entry);
    const collection = new Collection(engine, entry, true);
    collection.#documents.create();
    return collection;
  }

  /** Takes its indexes from the catalog, and returns the names of all its tables. */
  openIndexes(entries: readonly CatalogIndex[]): string[] {
    for (const entry of entries) {
      if (entry.collectionId === this.id)
        this.#stored.set(entry.spec.name, new StoredIndex(this.#engine, entry));
    }
    return [documentTableName(this.id), ...[...this.#stored.values()].map(({ tableName }) => tableName)];
  }

  get namespace(): string {
    return `${this.db}.${this.name}`;
  }

  /** Number of documents. */
  get count(): number {
    return this.#figures.count;
  }

  /** Sum of the documents' sizes as BSON. */
  get sizeBytes(): number {
    return this.#figures.sizeBytes;
  }

  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** Every index that is complete, beginning with `_id_`. */
  get indexes(): SecondaryIndex[] {
    return [this.#idIndex, ...[...this.#stored.values()].map(({ index }) => index)];
  }

  index(name: string): SecondaryIndex | undefined {
    return name === '_id_' ? this.#idIndex : this.#stored.get(name)?.index;
  }

  get(seq: number): Row | undefined {
    return this.#isDropped ? undefined : this.#documents.get(seq);
  }

  findById(id: unknown): Row | undefined {
    return this.#isDropped ? undefined : this.#documents.findById(this.#idIndex.keyOf([id]));
  }

  /** Reads all documents in natural order or its reverse; later ones than those at the start are left out. */
  rows(direction: 1 | -1 = 1, wanted?: number): Generator<Row> {
    const end = this.#lastSeq;
    const documents = this.#documents;
    return readAhead<number>(this.#readable, {
      read: (last, limit) =>
        direction === 1
          ? documents.after(last ?? 0, limit).filter(([seq]) => Number(seq) <= end)
          : documents.before(last ?? end + 1, limit),
      positionOf: ([seq]) => Number(seq),
      wanted,
      rowOf: (columns) => documents.read(columns),
    });
  }

  /** Reads the documents of a stretch of an index in its order; one comes as often as it has entries there. */
  rowsBy({ index, direction, wanted }: IndexScan, interval: Interval): Generator<Row> {
    const bounds = index.boundsOf(interval);
    return readAhead<Position>(this.#readable, {
      read: (last, limit) => index.entries.read({ ...bounds, direction, last, limit }),
      positionOf: ([key, seq]) => ({ key: asBytes(key), seq: Number(seq) }),
      rowOf: (columns) => this.#documents.read(columns, 1),
      wanted,
    });
  }

  /** Counts the entries in a stretch of an index, some thousands a time, without reading a document. */
  *countBy(index: SecondaryIndex, interval: Interval): Generator<number> {
    const bounds = index.boundsOf(interval);
    let last: Position | undefined;
    do {
      if (this.#isDropped) return;
      const { count, end } = index.entries.count(bounds, last);
      yield count;
      last = end;
    } while (last);
  }

  /** Adds a document that has an `_id`. Throws and changes nothing where a unique index forbids it or it is too large. */
  insert(doc: Doc, raw: Uint8Array = encodeStored(doc)): Row {
    this.#refuseIfDropped();
    refuseLarge(raw.length);
    const changes = this.#maintained().map((stored) => stored.changeOf(undefined, doc));
    return this.#engine.database.write(() => {
      const seq = this.#lastSeq + 1;
      this.#insertDocument(seq, doc, raw);
      this.#refuseConflicts(changes, seq, () => this.#documents.remove(seq));
      for (const change of changes) change.apply(seq);
      this.#lastSeq = seq;
      this.#figures.add(1, raw.length);
      return new Row(seq, raw, doc);
    });
  }

  /** Replaces a row's document by one with the same `_id`. Throws and changes nothing where `insert` would. */
  replace({ seq, doc: before, bson }: Row, doc: Doc, raw: Uint8Array = encodeStored(doc)): void {
    this.#refuseIfDropped();
    refuseLarge(raw.length);
    const touched = this.#maintained().filter(({ index }) => index.isTouched(before, doc));
    const changes = touched.map((stored) => stored.changeOf(before, doc));
    this.#engine.database.write(() => {
      this.#refuseConflicts(changes, seq);
      this.#documents.replace(seq, raw);
      for (const change of changes) change.apply(seq);
      this.#figures.add(0, raw.length - bson.length);
    });
  }

  /** Deletes a row's document. */
  remove({ seq, doc, bson }: Row): void {
    this.#refuseIfDropped();
    const changes = this.#maintained().map((stored) => stored.changeOf(doc, undefined));
    this.#engine.database.write(() => {
      this.#documents.remove(seq);
      for (const change of changes) change.apply(seq);
      this.#figures.add(-1, -bson.length);
    });
  }

  /**
   * Starts to build an index, whose `step` is then called until it is done. Returns undefined where the same one
   * exists; throws `IndexOptionsConflict` or `IndexKeySpecsConflict` where one of that name or key differs.
   */
  startIndex(spec: IndexSpec): IndexBuild | undefined {
    this.#refuseIfDropped();
    if (existingIndex(spec, this.indexes)) return undefined;
    const { database, nextId } = this.#engine;
    const stored = new StoredIndex(this.#engine, {
      id: nextId(),
      collectionId: this.id,
      spec,
      isMultikey: false,
    });
    database.write(() => stored.create());
    this.#building.add(stored);
    return createIndexBuild({
      database,
      stored,
      namespace: this.namespace,
      rows: (last, limit) =>
        this.#documents.after(last, limit).map((columns) => this.#documents.read(columns)),
      isWanted: () => !this.#isDropped,
      finish: () => this.#addIndex(stored),
      abandon: () => this.#building.delete(stored),
    });
  }

  /** Builds an index in one go. */
  createIndex(spec: IndexSpec): boolean {
    const build = this.startIndex(spec);
    while (build && !build.step());
    return build !== undefined;
  }

  /** Lets those who build indexes here do so one after the other. */
  inTurn<T>(build: () => Promise<T>): Promise<T> {
    const turn = this.#lastBuild.then(build);
    this.#lastBuild = turn.catch(() => undefined);
    return turn;
  }

  dropIndex(name: string): void {
    const stored = this.#stored.get(name);
    if (!stored) return;
    this.#engine.database.write(() => {
      stored.drop();
      this.#stored.delete(name);
      this.#engine.database.onRollback(() => this.#stored.set(name, stored));
      this.#figures.add(0, 0);
    });
  }

  /** Removes the collection from the catalog and marks it as gone, for the cursors that still hold it. */
  drop(): void {
    const { database, catalog, dropped } = this.#engine;
    catalog.removeCollection(this.id);
    for (const { tableName } of this.#maintained()) dropped.add(tableName);
    dropped.add(documentTableName(this.id));
    this.#isDropped = true;
    database.onRollback(() => {
      this.#isDropped = false;
    });
  }

  /** A command that gave way may find its collection gone; what it wrote would be lost without a word. */
  #refuseIfDropped(): void {
    if (this.#isDropped) throw new Refusal('QueryPlanKilled', `collection dropped: ${this.namespace}`);
  }

  #maintained(): StoredIndex[] {
    return [...this.#stored.values(), ...this.#building];
  }

  readonly #readable = {
    version: () => this.#figures.version,
    meanBytes: () => this.#figures.meanBytes,
    isDropped: () => this.#isDropped,
  };

  #insertDocument(seq: number, doc: Doc, raw: Uint8Array): void {
    const values = [doc['_id']];
    try {
      this.#documents.insert(seq, this.#idIndex.keyOf(values), raw);
    } catch (error) {
      throw isUniqueViolation(error) ? duplicateKey(this.namespace, this.#idIndex.spec, values) : error;
    }
  }

  #refuseConflicts(changes: readonly StoredChange[], seq: number, takeBack?: () => void): void {
    for (const { index, conflict } of changes) {
      const values = conflict(seq);
      if (!values) continue;
      takeBack?.();
      throw duplicateKey(this.namespace, index.spec, values);
    }
  }

  #addIndex(stored: StoredIndex): void {
    const { name } = stored.index.spec;
    stored.record();
    this.#building.delete(stored);
    this.#stored.set(name, stored);
    this.#engine.database.onRollback(() => this.#stored.delete(name));
  }
}
