import type { CollectionEntry } from '../engine/catalog-table.ts';
import type { Engine } from './collection.ts';

/** How much a collection holds, and how often it was changed. Written down once a transaction. */
export class Figures {
  readonly #engine: Engine;
  readonly #collectionId: number;
  #count: number;
  #sizeBytes: number;
  #version = 0;

  constructor(engine: Engine, { id, count, sizeBytes }: CollectionEntry) {
    this.#engine = engine;
    this.#collectionId = id;
    this.#count = count;
    this.#sizeBytes = sizeBytes;
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get meanBytes(): number {
    return this.#count > 0 ? this.#sizeBytes / this.#count : 0;
  }

  /** Rises with every change, also one that is taken back. */
  get version(): number {
    return this.#version;
  }

  /** Notes a change as part of the current transaction. */
  add(documents: number, bytes: number): void {
    const { database, catalog } = this.#engine;
    this.#version++;
    if (!database.hasLastChange(this)) {
      const [count, sizeBytes] = [this.#count, this.#sizeBytes];
      database.beforeCommit(this, () =>
        catalog.saveFigures(this.#collectionId, this.#count, this.#sizeBytes),
      );
      database.onRollback(() => {
        this.#version++;
        this.#count = count;
        this.#sizeBytes = sizeBytes;
      });
    }
    this.#count += documents;
    this.#sizeBytes += bytes;
  }
}
