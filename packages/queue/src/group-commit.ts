import { bagBytesMax, bagItemsMax } from './bag.ts';

/** Writes one group; `openedAtMs` is when its first value came, on the monotonic clock. */
export type Commit<T> = (values: readonly T[], group: { openedAtMs: number }) => Promise<void>;

type Member<T> = { value: T; resolve: () => void; reject: (error: unknown) => void };
type Group<T> = { openedAtMs: number; sizeBytes: number; members: Member<T>[] };

/**
 * Gathers values into groups and commits each group as a whole.
 *
 * A group closes as soon as the one before it is committed, or when it is full. So a lone caller's group leaves at
 * once, and under load groups fill up by themselves: no timer, no added latency. Full groups do not wait for one
 * another, up to `inFlightMax`. Values added in one turn of the event loop share a group.
 */
export class GroupCommit<T> {
  readonly #commit: Commit<T>;
  readonly #inFlightMax: number;
  readonly #full: Group<T>[] = [];
  #open: Group<T> = newGroup();
  #inFlight = 0;
  #isScheduled = false;
  #idle = Promise.withResolvers<void>();

  constructor(commit: Commit<T>, { inFlightMax }: { inFlightMax: number }) {
    this.#commit = commit;
    this.#inFlightMax = inFlightMax;
  }

  /** Resolves when the group that holds `value` was committed; rejects with what its commit threw. */
  add(value: T, sizeBytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#open.members.length > 0 && this.#open.sizeBytes + sizeBytes > bagBytesMax) this.#closeOpen();
    if (this.#open.members.length === 0) this.#open.openedAtMs = performance.now();
    this.#open.members.push({ value, resolve, reject });
    this.#open.sizeBytes += sizeBytes;
    if (this.#open.members.length >= bagItemsMax) this.#closeOpen();
    this.#schedule();
    return promise;
  }

  /** Resolves when nothing is open or under way. */
  drained(): Promise<void> {
    this.#idle = Promise.withResolvers();
    this.#schedule();
    return this.#idle.promise;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#launch();
    });
  }

  #launch(): void {
    if (this.#inFlight === 0 && this.#full.length === 0 && this.#open.members.length > 0) this.#closeOpen();
    while (this.#inFlight < this.#inFlightMax) {
      const group = this.#full.shift();
      if (!group) break;
      void this.#send(group);
    }
    if (this.#inFlight === 0) this.#idle.resolve();
  }

  #closeOpen(): void {
    this.#full.push(this.#open);
    this.#open = newGroup();
  }

  async #send(group: Group<T>): Promise<void> {
    this.#inFlight += 1;
    try {
      await this.#commit(
        group.members.map(({ value }) => value),
        group,
      );
      for (const { resolve } of group.members) resolve();
    } catch (error) {
      for (const { reject } of group.members) reject(error);
    }
    this.#inFlight -= 1;
    this.#launch();
  }
}

function newGroup<T>(): Group<T> {
  return { openedAtMs: 0, sizeBytes: 0, members: [] };
}
