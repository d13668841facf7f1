/** Entries a chunk holds before it is cut in two. */
const chunkMax = 512;

/** Where an entry lies from an interval of the order: before it (negative), in it (0), after it (positive). */
export type Position<Entry> = (entry: Entry) => number;

/**
 * An ordered set kept as a sorted list of short sorted arrays.
 *
 * Finding takes two binary searches; adding and deleting move at most one chunk's entries. The order must be
 * total: two entries that compare equal are the same entry.
 */
export class IndexTree<Entry> {
  readonly #compare: (a: Entry, b: Entry) => number;
  #chunks: Entry[][] = [];
  #size = 0;
  /** Counts changes, so that a walk that was left for a while knows to find its place again. */
  #version = 0;

  constructor(compare: (a: Entry, b: Entry) => number) {
    this.#compare = compare;
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry; one that is there already is left alone. */
  add(entry: Entry): void {
    if (this.#isBeyondAll(entry)) {
      this.#append(entry);
      return;
    }
    const { at, index, isThere } = this.#placeOf(entry);
    const chunk = this.#chunks[at];
    if (chunk === undefined || isThere) return;
    chunk.splice(index, 0, entry);
    this.#changed(1);
    if (chunk.length > chunkMax) this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >> 1));
  }

  /** Takes an entry out; one that is not there is no error. */
  delete(entry: Entry): void {
    const { at, index, isThere } = this.#placeOf(entry);
    const chunk = this.#chunks[at];
    if (chunk === undefined || !isThere) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    this.#changed(-1);
  }

  /** The first entry in the interval, or undefined. */
  first(position: Position<Entry>): Entry | undefined {
    const chunk = this.#chunks[this.#chunkFor(position)];
    const entry = chunk?.[lowerBound(chunk, position)];
    return entry !== undefined && position(entry) === 0 ? entry : undefined;
  }

  /** Walks the interval upwards. The tree may change meanwhile: the walk goes on after the last entry it gave. */
  *ascend(position: Position<Entry>): Generator<Entry> {
    let version = -1;
    let at = 0;
    let index = 0;
    let last: Entry | undefined;
    for (;;) {
      if (version !== this.#version) {
        const from = last;
        const start: Position<Entry> =
          from === undefined ? position : (entry) => (this.#compare(entry, from) <= 0 ? -1 : 0);
        at = this.#chunkFor(start);
        index = lowerBound(this.#chunks[at] ?? [], start);
        version = this.#version;
      }
      const chunk = this.#chunks[at];
      if (chunk === undefined) return;
      const entry = chunk[index];
      if (entry === undefined) {
        at++;
        index = 0;
        continue;
      }
      if (position(entry) !== 0) return;
      last = entry;
      index++;
      yield entry;
    }
  }

  /** Walks the interval downwards, as safely as `ascend`. */
  *descend(position: Position<Entry>): Generator<Entry> {
    let last: Entry | undefined;
    for (;;) {
      const from = last;
      const end: Position<Entry> =
        from === undefined
          ? (entry) => (position(entry) > 0 ? 0 : -1)
          : (entry) => (this.#compare(entry, from) < 0 ? -1 : 0);
      const version = this.#version;
      let at = this.#chunkFor(end);
      let index = lowerBound(this.#chunks[at] ?? [], end) - 1;
      while (version === this.#version) {
        if (index < 0) {
          at--;
          const chunk = this.#chunks[at];
          if (chunk === undefined) return;
          index = chunk.length - 1;
          continue;
        }
        const entry = this.#chunks[at]?.[index];
        if (entry === undefined || position(entry) !== 0) return;
        last = entry;
        index--;
        yield entry;
      }
    }
  }

  /** The first chunk whose last entry is not before the interval; the last chunk where all are, for appending. */
  #chunkFor(position: Position<Entry>): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && position(last) < 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(low, 0);
  }

  /** Where an entry is or belongs, but for one beyond all others, which has no chunk yet. */
  #placeOf(entry: Entry): { at: number; index: number; isThere: boolean } {
    const isBefore = (other: Entry) => this.#compare(other, entry);
    const at = this.#chunkFor(isBefore);
    const chunk = this.#chunks[at] ?? [];
    const index = lowerBound(chunk, isBefore);
    const found = chunk[index];
    return { at, index, isThere: found !== undefined && this.#compare(found, entry) === 0 };
  }

  /** True for most of what rises with time: it needs no search. */
  #isBeyondAll(entry: Entry): boolean {
    const last = this.#chunks.at(-1)?.at(-1);
    return last === undefined || this.#compare(last, entry) < 0;
  }

  #append(entry: Entry): void {
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.length >= chunkMax) this.#chunks.push([entry]);
    else chunk.push(entry);
    this.#changed(1);
  }

  #changed(by: 1 | -1): void {
    this.#size += by;
    this.#version++;
  }
}

/** The index of the first entry that is not before the interval. */
function lowerBound<Entry>(chunk: readonly Entry[], position: Position<Entry>): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = chunk[middle];
    if (entry !== undefined && position(entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
