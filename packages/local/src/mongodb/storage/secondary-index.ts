import { compileFilter, type Matcher } from '../query/filter.ts';
import { compareValues } from '../values/compare.ts';
import type { Doc } from '../values/doc.ts';
import { indexKeysOf } from './index-keys.ts';
import type { IndexSpec } from './index-spec.ts';
import { IndexTree } from './index-tree.ts';
import type { Slot } from './slot.ts';

/** One line of an index. */
export type IndexEntry = Readonly<{ values: readonly unknown[]; slot: Slot }>;

type Entries = readonly (readonly unknown[])[];
const none: Entries = [];

/** An ordered index over one collection; `_id_` is one as well. */
export class SecondaryIndex {
  readonly spec: IndexSpec;
  readonly #directions: readonly number[];
  readonly #isCovered: Matcher | undefined;
  readonly #topFields: readonly string[];
  #isMultikey = false;
  #tree: IndexTree<IndexEntry> | undefined;
  readonly #documents: (() => Iterable<Slot>) | undefined;

  /** With `documents` the index is built of them when it is first read, and costs nothing until then. */
  constructor(spec: IndexSpec, documents?: () => Iterable<Slot>) {
    this.spec = spec;
    this.#documents = documents;
    if (!documents) this.#tree = this.#newTree();
    this.#directions = spec.keys.map(({ direction }) => direction);
    this.#isCovered = spec.partialFilter && compileFilter(spec.partialFilter);
    this.#topFields = spec.keys.map(({ path }) => path[0] ?? '');
  }

  /** Its entries in order. */
  get tree(): IndexTree<IndexEntry> {
    this.#tree ??= this.#build();
    return this.#tree;
  }

  /** False until the first reading of an index that is built then: changes need not be told to it. */
  get isBuilt(): boolean {
    return this.#tree !== undefined;
  }

  /** True once any document had more than one entry, as in MongoDB for good. */
  get isMultikey(): boolean {
    return this.#isMultikey;
  }

  /** The entries `doc` has here: none where a sparse or partial index leaves it out. */
  entriesOf(doc: Doc): Entries {
    if (this.#isCovered && !this.#isCovered(doc)) return none;
    const { entries, isMultikey, isAllMissing } = indexKeysOf(doc, this.spec.keys);
    if (this.spec.isSparse && isAllMissing) return none;
    if (isMultikey) this.#isMultikey = true;
    return entries;
  }

  /**
   * Tells whether replacing `before` by `after` can change the entries.
   *
   * Updates copy what they touch, so an untouched field is the same object or value.
   */
  isTouched(before: Doc, after: Doc): boolean {
    if (this.#isCovered) return true;
    for (const field of this.#topFields) if (before[field] !== after[field]) return true;
    return false;
  }

  /** The values of `entries` that another document already has, where the index is unique. */
  conflict(entries: Entries, slot: Slot | undefined): readonly unknown[] | undefined {
    if (!this.spec.isUnique) return undefined;
    return entries.find((values) => {
      for (const entry of this.tree.ascend((other) => this.#compareKeys(other.values, values))) {
        if (entry.slot !== slot) return true;
      }
      return false;
    });
  }

  add(entries: Entries, slot: Slot): void {
    for (const values of entries) this.tree.add({ values, slot });
  }

  remove(entries: Entries, slot: Slot): void {
    for (const values of entries) this.tree.delete({ values, slot });
  }

  #newTree(): IndexTree<IndexEntry> {
    return new IndexTree((a, b) => this.#compareEntries(a, b));
  }

  #build(): IndexTree<IndexEntry> {
    const entries = [...(this.#documents?.() ?? [])].flatMap((slot) =>
      this.entriesOf(slot.doc).map((values): IndexEntry => ({ values, slot })),
    );
    const tree = this.#newTree();
    for (const entry of entries.sort((a, b) => this.#compareEntries(a, b))) tree.add(entry);
    return tree;
  }

  #compareKeys(a: readonly unknown[], b: readonly unknown[]): number {
    for (let i = 0; i < this.#directions.length; i++) {
      if (a[i] === b[i]) continue;
      const order = compareValues(a[i], b[i]);
      if (order !== 0) return order * (this.#directions[i] ?? 1);
    }
    return 0;
  }

  #compareEntries(a: IndexEntry, b: IndexEntry): number {
    return this.#compareKeys(a.values, b.values) || a.slot.sequence - b.slot.sequence;
  }
}
