import { Refusal } from '../errors.ts';
import type { ChangeLog } from './change-log.ts';
import { Collection } from './collection.ts';

/** Every database and collection of the server. */
export class Catalog {
  readonly #databases = new Map<string, Map<string, Collection>>();
  readonly #log: ChangeLog;
  #nextId = 1;

  constructor(log: ChangeLog) {
    this.#log = log;
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

  /** Makes a collection that is known not to exist; `id` is given by a journal being replayed. */
  create(db: string, name: string, id = this.#nextId): Collection {
    refuseNames(db, name);
    const collection = new Collection(id, { db, name }, this.#log);
    this.#nextId = Math.max(this.#nextId, id + 1);
    const collections = this.#databases.get(db) ?? new Map<string, Collection>();
    collections.set(name, collection);
    this.#databases.set(db, collections);
    this.#log.createCollection(id, db, name);
    return collection;
  }

  drop(collection: Collection): void {
    this.#databases.get(collection.db)?.delete(collection.name);
    collection.drop();
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
