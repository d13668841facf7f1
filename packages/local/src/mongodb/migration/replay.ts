import type { Catalog } from '../storage/catalog.ts';
import type { Collection } from '../storage/collection.ts';
import { parseIndexSpec } from '../storage/index-spec.ts';
import type { Doc } from '../values/doc.ts';
import { type OldRecord, recordKind } from './old-record.ts';

/**
 * Applies the records of the former format to a catalog. They are after-images: applying one twice changes nothing.
 *
 * Indexes are built last, when no two documents share a key for a moment any more.
 */
export class Replay {
  readonly #catalog: Catalog;
  readonly #collections = new Map<number, Collection>();
  readonly #indexes = new Map<number, Map<string, Doc>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  apply({ kind, collectionId, body, raw }: OldRecord): void {
    const collection = this.#collections.get(collectionId);
    switch (kind) {
      case recordKind.put:
        if (collection) put(collection, body, raw);
        break;
      case recordKind.remove:
        if (collection) remove(collection, body);
        break;
      case recordKind.createCollection:
        if (!collection) this.#create(collectionId, String(body['db']), String(body['name']));
        break;
      case recordKind.dropCollection:
        if (collection) this.#drop(collectionId, collection);
        break;
      case recordKind.createIndex:
        this.#indexes.get(collectionId)?.set(String(body['name']), body);
        break;
      case recordKind.dropIndex:
        this.#indexes.get(collectionId)?.delete(String(body['name']));
        break;
      default:
        throw new Error(`the journal holds a record of an unknown kind: ${kind}`);
    }
  }

  /** Builds the indexes, giving way after each step. `report` hears of each index that is complete. */
  async buildIndexes(report: (namespace: string, name: string) => void): Promise<void> {
    for (const [id, specs] of this.#indexes) {
      const collection = this.#collections.get(id);
      if (!collection) continue;
      for (const spec of specs.values()) {
        const build = collection.startIndex(parseIndexSpec(spec));
        for (let steps = 1; build && !build.step(); steps++)
          if (steps % stepsATurn === 0) await new Promise((resolve) => setImmediate(resolve));
        report(collection.namespace, String(spec['name']));
      }
    }
  }

  /** A snapshot may hold a collection that was dropped and made again while it was written: the newer one counts. */
  #create(id: number, db: string, name: string): void {
    for (const [formerId, former] of this.#collections)
      if (former.db === db && former.name === name) this.#drop(formerId, former);
    this.#collections.set(id, this.#catalog.create(db, name));
    this.#indexes.set(id, new Map());
  }

  #drop(id: number, collection: Collection): void {
    this.#catalog.drop(collection);
    this.#collections.delete(id);
    this.#indexes.delete(id);
  }
}

/** Steps of an index build that share a transaction. */
const stepsATurn = 50;

function put(collection: Collection, doc: Doc, raw: Uint8Array): void {
  const row = collection.findById(doc['_id']);
  if (row) collection.replace(row, doc, raw);
  else collection.insert(doc, raw);
}

function remove(collection: Collection, body: Doc): void {
  const row = collection.findById(body['_id']);
  if (row) collection.remove(row);
}
