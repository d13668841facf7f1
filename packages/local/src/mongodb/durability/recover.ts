import { createReadStream } from 'node:fs';
import { copyFile, stat, truncate } from 'node:fs/promises';
import type { Catalog } from '../storage/catalog.ts';
import type { Collection } from '../storage/collection.ts';
import { parseIndexSpec } from '../storage/index-spec.ts';
import type { Doc } from '../values/doc.ts';
import { identityOf } from '../values/identity.ts';
import { type JournalRecord, readRecord, recordKind } from './record.ts';

/** Rebuilds a catalog from records. Indexes are built last, when no two documents share a key for a moment any more. */
export class Recovery {
  readonly #catalog: Catalog;
  readonly #collections = new Map<number, Collection>();
  readonly #indexes = new Map<number, Map<string, Doc>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Applies a record; one that was applied before changes nothing. */
  apply({ kind, collectionId, body, raw }: JournalRecord): void {
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
        if (collection) this.#drop(collection);
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

  finish(): void {
    for (const [id, specs] of this.#indexes) {
      const collection = this.#collections.get(id);
      for (const spec of specs.values()) collection?.createIndex(parseIndexSpec(spec), { isReplay: true });
    }
  }

  /** A snapshot may hold a collection that was dropped and made again while it was written: the newer one counts. */
  #create(id: number, db: string, name: string): void {
    const former = this.#catalog.find(db, name);
    if (former) this.#drop(former);
    this.#collections.set(id, this.#catalog.create(db, name, id));
    this.#indexes.set(id, new Map());
  }

  #drop(collection: Collection): void {
    this.#catalog.drop(collection);
    this.#collections.delete(collection.id);
    this.#indexes.delete(collection.id);
  }
}

/** Applies a whole file and returns the length of its sound part. */
export async function replayFile(
  path: string,
  recovery: Recovery,
): Promise<{ soundBytes: number; totalBytes: number }> {
  const totalBytes = (await stat(path)).size;
  let rest: Buffer = Buffer.alloc(0);
  let soundBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    for (;;) {
      const read = readRecord(rest, offset);
      if (read === 'corrupt') return { soundBytes, totalBytes };
      if (!read) break;
      recovery.apply(read.record);
      offset += read.sizeBytes;
      soundBytes += read.sizeBytes;
    }
    rest = rest.subarray(offset);
  }
  return { soundBytes, totalBytes };
}

/** Cuts a torn tail off, after putting a copy of the file aside for whoever wants to look. */
export async function repairTail(path: string, soundBytes: number): Promise<void> {
  await copyFile(path, `${path}.torn`);
  await truncate(path, soundBytes);
}

function put(collection: Collection, doc: Doc, raw: Uint8Array): void {
  const slot = collection.bySlotId(identityOf(doc['_id']));
  if (slot) collection.replace(slot, doc, raw);
  else collection.insert(doc, raw);
}

function remove(collection: Collection, body: Doc): void {
  const slot = collection.bySlotId(identityOf(body['_id']));
  if (slot) collection.remove(slot);
}
