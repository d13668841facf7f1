import { CatalogTable, type CollectionEntry } from '../engine/catalog-table.ts';
import type { Database } from '../engine/database.ts';
import { DroppedTables } from '../engine/dropped-tables.ts';
import { Refusal } from '../errors.ts';
import { Collection, type Engine } from './collection.ts';

/** Every database and collection of the server. */
export class Catalog {
  readonly #databases = new Map<string, Map<string, Collection>>();
  readonly #engine: Engine;
  #lastId = 0;

  /** Opens what the database holds: the time this takes does not depend on the number of documents. */
  constructor(database: Database) {
    const catalog = new CatalogTable(database);
    const dropped = new DroppedTables(database);
    const tables = new Set(catalog.tableNames());
    for (const name of tables) this.#lastId = Math.max(this.#lastId, Number(name.split('_')[1]));
    this.#engine = { database, catalog, dropped, nextId: () => ++this.#lastId };
    for (const entry of catalog.collections()) this.#register(new Collection(this.#engine, entry));
    const indexes = catalog.indexes();
    const known = new Set([...this.all()].flatMap((collection) => collection.openIndexes(indexes)));
    for (const name of tables) if (!known.has(name)) dropped.add(name);
  }

  /** Tables of dropped collections and indexes, to be emptied when there is time. */
  get dropped(): DroppedTables {
    return this.#engine.dropped;
  }

  databaseNames(): string[] {
    return [...this.#databases].filter(([, collections]) => collections.size > 0).map(([name]) => name);
  }

  collections(db: string): Collection[] {
    return [...(this.#databases.get(db)?.values() ?? [])];
  }

  *all(): Generator<Collection> {
    for (const collections of this.#databases.values()) yield* collections.values();
  }

  find(db: string, name: string): Collection | undefined {
    return this.#databases.get(db)?.get(name);
  }

  /** The collection, made if it is not there. Throws `InvalidNamespace` for a name MongoDB would not take. */
  ensure(db: string, name: string): Collection {
    return this.find(db, name) ?? this.create(db, name);
  }

  /** Makes a collection that is known not to exist. */
  create(db: string, name: string): Collection {
    refuseNames(db, name);
    const { database, nextId } = this.#engine;
    return database.write(() => {
      const entry: CollectionEntry = { id: nextId(), db, name, count: 0, sizeBytes: 0 };
      const collection = Collection.create(this.#engine, entry);
      this.#register(collection);
      database.onRollback(() => this.#forget(collection));
      return collection;
    });
  }

  drop(collection: Collection): void {
    this.#engine.database.write(() => {
      collection.drop();
      this.#forget(collection);
      this.#engine.database.onRollback(() => this.#register(collection));
    });
  }

  #register(collection: Collection): void {
    const collections = this.#databases.get(collection.db) ?? new Map<string, Collection>();
    collections.set(collection.name, collection);
    this.#databases.set(collection.db, collections);
  }

  #forget(collection: Collection): void {
    this.#databases.get(collection.db)?.delete(collection.name);
  }
}

function refuseNames(db: string, name: string): void {
  if (db === '' || /[/\\. "$\0]/.test(db) || Buffer.byteLength(db) > 63) {
    throw new Refusal('InvalidNamespace', `Invalid database name: '${db}'`);
  }
  if (name === '' || /[$\0]/.test(name) || name.startsWith('.') || Buffer.byteLength(`${db}.${name}`) > 255) {
    throw new Refusal('InvalidNamespace', `Invalid collection name: '${name}'`);
  }
  if (name.startsWith('system.'))
    throw new Refusal('InvalidNamespace', `Invalid system namespace: ${db}.${name}`);
}
