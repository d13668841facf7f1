import type { Entries } from '../engine/index-table.ts';
import { compileFilter, type Matcher } from '../query/filter.ts';
import type { Doc } from '../values/doc.ts';
import { KeyWriter } from '../values/key-bytes.ts';
import { indexKeysOf } from './index-keys.ts';
import type { IndexSpec } from './index-spec.ts';
import { boundsOf, type Interval, type KeyBounds } from './interval.ts';

/** What a document contributes to an index: values, and the same as bytes. */
export type IndexEntry = Readonly<{ values: readonly unknown[]; key: Uint8Array }>;
export type IndexEntries = Readonly<{ entries: readonly IndexEntry[]; isMultikey: boolean }>;

/** How an index is read; `wanted` is how many rows the reader probably takes. */
export type IndexScan = Readonly<{ index: SecondaryIndex; direction: 1 | -1; wanted?: number | undefined }>;

const none: IndexEntries = { entries: [], isMultikey: false };

/** An ordered index over one collection; `_id_` is one as well. Knows which entries a document has, and where. */
export class SecondaryIndex {
  readonly spec: IndexSpec;
  readonly entries: Entries;
  /** True once any document had more than one entry, as in MongoDB for good. */
  isMultikey: boolean;
  readonly #directions: readonly number[];
  readonly #isCovered: Matcher | undefined;
  readonly #topFields: readonly string[];
  readonly #writer = new KeyWriter();

  constructor(spec: IndexSpec, entries: Entries, isMultikey = false) {
    this.spec = spec;
    this.entries = entries;
    this.isMultikey = isMultikey;
    this.#directions = spec.keys.map(({ direction }) => direction);
    this.#isCovered = spec.partialFilter && compileFilter(spec.partialFilter);
    this.#topFields = spec.keys.map(({ path }) => path[0] ?? '');
  }

  /** The entries `doc` has here: none where a sparse or partial index leaves it out. */
  entriesOf(doc: Doc): IndexEntries {
    if (this.#isCovered && !this.#isCovered(doc)) return none;
    const { entries, isMultikey, isAllMissing } = indexKeysOf(doc, this.spec.keys);
    if (this.spec.isSparse && isAllMissing) return none;
    return { entries: entries.map((values) => ({ values, key: this.keyOf(values) })), isMultikey };
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

  keyOf(values: readonly unknown[]): Uint8Array {
    return this.#writer.encode(values, this.#directions);
  }

  boundsOf(interval: Interval): KeyBounds {
    return boundsOf(interval, this.spec.keys, this.#writer);
  }
}
