import { Refusal } from '../errors.ts';
import type { Doc } from '../values/doc.ts';
import { type Identity, identityOf } from '../values/identity.ts';
import type { ChangeLog } from './change-log.ts';
import { type IndexSpec, indexSpecToDoc, isSameIndex, parseIndexSpec } from './index-spec.ts';
import { SecondaryIndex } from './secondary-index.ts';
import type { Slot } from './slot.ts';

const idSpec = parseIndexSpec({ key: { _id: 1 }, name: '_id_', unique: true });

/** The documents of one namespace with their indexes. Every change is complete, and in the change log, when a method returns. */
export class Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  readonly #slots = new Map<Identity, Slot>();
  /** Equality on `_id` goes by `#slots`; ranges and orders of ids, which are rare, by an index built for the first. */
  readonly #idIndex = new SecondaryIndex(idSpec, () => this.#slots.values());
  readonly #indexes = new Map<string, SecondaryIndex>([['_id_', this.#idIndex]]);
  readonly #log: ChangeLog;
  #sequence = 0;
  #sizeBytes = 0;
  #isDropped = false;

  constructor(id: number, namespace: { db: string; name: string }, log: ChangeLog) {
    this.id = id;
    this.db = namespace.db;
    this.name = namespace.name;
    this.#log = log;
  }

  get namespace(): string {
    return `${this.db}.${this.name}`;
  }

  /** Number of documents. */
  get count(): number {
    return this.#slots.size;
  }

  /** Sum of the documents' sizes as BSON. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Higher than the sequence of every document so far. */
  get nextSequence(): number {
    return this.#sequence;
  }

  get isDropped(): boolean {
    return this.#isDropped;
  }

  get indexes(): Iterable<SecondaryIndex> {
    return this.#indexes.values();
  }

  /** All documents in natural order; documents may come and go meanwhile. */
  slots(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  bySlotId(id: Identity): Slot | undefined {
    return this.#slots.get(id);
  }

  index(name: string): SecondaryIndex | undefined {
    return this.#indexes.get(name);
  }

  /** Adds a document that has an `_id`. Throws and changes nothing where a unique index forbids it or it is too large. */
  insert(doc: Doc, raw?: Uint8Array): Slot {
    this.#refuseIfDropped();
    const id = identityOf(doc['_id']);
    if (this.#slots.has(id)) throw this.#duplicate(this.#idIndex, [doc['_id']]);
    const indexes = this.#builtIndexes();
    const entries = indexes.map((index) => index.entriesOf(doc));
    this.#refuseConflicts(indexes, entries, undefined);

    const sizeBytes = this.#log.put(this.id, doc, raw);
    const slot: Slot = { id, sequence: this.#sequence++, doc, sizeBytes: 0, isLive: true };
    this.#slots.set(id, slot);
    for (const [i, index] of indexes.entries()) index.add(entries[i] ?? [], slot);
    this.#resize(slot, sizeBytes);
    return slot;
  }

  /** Replaces a slot's document by one with the same `_id`. Throws and changes nothing where `insert` would. */
  replace(slot: Slot, doc: Doc, raw?: Uint8Array): void {
    this.#refuseIfDropped();
    const touched = this.#builtIndexes().filter((index) => index.isTouched(slot.doc, doc));
    const before = touched.map((index) => index.entriesOf(slot.doc));
    const after = touched.map((index) => index.entriesOf(doc));
    this.#refuseConflicts(touched, after, slot);

    const sizeBytes = this.#log.put(this.id, doc, raw);
    for (const [i, index] of touched.entries()) {
      index.remove(before[i] ?? [], slot);
      index.add(after[i] ?? [], slot);
    }
    slot.doc = doc;
    this.#resize(slot, sizeBytes);
  }

  /** Deletes a slot's document; a second call does nothing. */
  remove(slot: Slot): void {
    if (!slot.isLive) return;
    for (const index of this.#builtIndexes()) index.remove(index.entriesOf(slot.doc), slot);
    this.#slots.delete(slot.id);
    slot.isLive = false;
    this.#log.remove(this.id, slot.doc['_id']);
    this.#resize(slot, 0);
  }

  /**
   * Builds an index. Returns false where the same one exists; throws `IndexOptionsConflict` or
   * `IndexKeySpecsConflict` where one of that name or key differs, `DuplicateKey` where the data forbids it.
   */
  createIndex(spec: IndexSpec, { isReplay = false } = {}): boolean {
    if (this.#existing(spec)) return false;
    const index = new SecondaryIndex(spec);
    for (const slot of this.#slots.values()) {
      const entries = index.entriesOf(slot.doc);
      // While a journal is replayed, two documents may share a key for a moment, until a later record parts them.
      if (!isReplay) this.#refuseConflicts([index], [entries], slot);
      index.add(entries, slot);
    }
    this.#indexes.set(spec.name, index);
    this.#log.createIndex(this.id, indexSpecToDoc(spec));
    return true;
  }

  dropIndex(name: string): void {
    if (this.#indexes.delete(name)) this.#log.dropIndex(this.id, name);
  }

  /** Marks the collection as gone, for the cursors that still hold it. */
  drop(): void {
    this.#isDropped = true;
    this.#log.dropCollection(this.id);
  }

  /** A command that gave way may find its collection gone; what it wrote would be lost without a word. */
  #refuseIfDropped(): void {
    if (this.#isDropped) throw new Refusal('QueryPlanKilled', `collection dropped: ${this.namespace}`);
  }

  #builtIndexes(): SecondaryIndex[] {
    return [...this.#indexes.values()].filter(({ isBuilt }) => isBuilt);
  }

  #existing(spec: IndexSpec): boolean {
    const named = this.#indexes.get(spec.name);
    if (named && (isSameIndex(named.spec, spec) || spec.name === '_id_')) return true;
    if (named) {
      throw new Refusal(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index: ${spec.name}`,
      );
    }
    for (const { spec: other } of this.#indexes.values()) {
      if (!isSameIndex({ ...other, name: spec.name }, spec)) continue;
      if (other.name === '_id_') return true;
      throw new Refusal('IndexOptionsConflict', `Index already exists with a different name: ${other.name}`);
    }
    return Object.keys(spec.key).length === 1 && '_id' in spec.key;
  }

  #refuseConflicts(
    indexes: SecondaryIndex[],
    entries: (readonly (readonly unknown[])[])[],
    slot: Slot | undefined,
  ): void {
    for (const [i, index] of indexes.entries()) {
      if (!index.spec.isUnique || index === this.#idIndex) continue;
      const values = index.conflict(entries[i] ?? [], slot);
      if (values) throw this.#duplicate(index, values);
    }
  }

  #duplicate(index: SecondaryIndex, values: readonly unknown[]): Refusal {
    const keyValue = Object.fromEntries(index.spec.keys.map(({ field }, i) => [field, values[i] ?? null]));
    return new Refusal(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${this.namespace} index: ${index.spec.name} dup key: ${shell(keyValue)}`,
      { keyPattern: index.spec.key, keyValue },
    );
  }

  #resize(slot: Slot, sizeBytes: number): void {
    this.#sizeBytes += sizeBytes - slot.sizeBytes;
    slot.sizeBytes = sizeBytes;
  }
}

/** Writes a key as MongoDB's messages show it: `{ a: 1, b: "x" }`. */
function shell(key: Doc): string {
  const fields = Object.entries(key).map(([name, value]) => `${name}: ${shellValue(value)}`);
  return `{ ${fields.join(', ')} }`;
}

function shellValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'toHexString' in value)
    return `ObjectId('${String(value)}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
