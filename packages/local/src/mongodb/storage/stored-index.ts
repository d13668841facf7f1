import type { IndexEntry as CatalogIndex } from '../engine/catalog-table.ts';
import { IndexTable, indexTableName } from '../engine/index-table.ts';
import type { Doc } from '../values/doc.ts';
import type { Engine } from './collection.ts';
import { type IndexEntries, type IndexEntry, SecondaryIndex } from './secondary-index.ts';

/** What a change of one document changes in one index. */
export type StoredChange = Readonly<{
  index: SecondaryIndex;
  /** The values that another document than `seq` already has, where the index is unique. */
  conflict: (seq: number) => readonly unknown[] | undefined;
  apply: (seq: number) => void;
}>;

const nothing: IndexEntries = { entries: [], isMultikey: false };

/** A secondary index with its table. */
export class StoredIndex {
  readonly id: number;
  readonly index: SecondaryIndex;
  readonly #engine: Engine;
  readonly #collectionId: number;
  readonly #table: IndexTable;

  constructor(engine: Engine, { id, collectionId, spec, isMultikey }: CatalogIndex) {
    this.id = id;
    this.#engine = engine;
    this.#collectionId = collectionId;
    this.#table = new IndexTable(engine.database, id, collectionId);
    this.index = new SecondaryIndex(spec, this.#table, isMultikey);
  }

  get tableName(): string {
    return indexTableName(this.id);
  }

  create(): void {
    this.#table.create();
  }

  /** Enters it in the catalog: from then on it is there after a start. */
  record(): void {
    const { spec, isMultikey } = this.index;
    this.#engine.catalog.addIndex({ id: this.id, collectionId: this.#collectionId, spec, isMultikey });
  }

  drop(): void {
    this.#engine.catalog.removeIndex(this.id);
    this.#engine.dropped.add(this.tableName);
  }

  /** What replacing `before` by `after` means here; undefined stands for no document. Changes nothing itself. */
  changeOf(before: Doc | undefined, after: Doc | undefined): StoredChange {
    const { index } = this;
    const old = before ? index.entriesOf(before) : nothing;
    const now = after ? index.entriesOf(after) : nothing;
    const added = without(now.entries, old.entries);
    const removed = without(old.entries, now.entries);
    return {
      index,
      conflict: (seq) => this.#conflict(added, seq),
      apply: (seq) => {
        for (const { key } of removed) this.#table.remove(key, seq);
        for (const { key } of added) this.#table.add(key, seq);
        if (now.isMultikey && !index.isMultikey) this.#markMultikey();
      },
    };
  }

  #conflict(added: readonly IndexEntry[], seq: number): readonly unknown[] | undefined {
    if (!this.index.spec.isUnique) return undefined;
    return added.find(({ key }) => this.#table.isTaken(key, seq))?.values;
  }

  #markMultikey(): void {
    this.#engine.catalog.markMultikey(this.id);
    this.index.isMultikey = true;
    this.#engine.database.onRollback(() => {
      this.index.isMultikey = false;
    });
  }
}

function without(entries: readonly IndexEntry[], others: readonly IndexEntry[]): readonly IndexEntry[] {
  if (others.length === 0 || entries.length === 0) return entries;
  return entries.filter(({ key }) => !others.some((other) => Buffer.compare(key, other.key) === 0));
}
