import { PlacesInLine } from './places-in-line.ts';
import type { SmtpLink } from './smtp-link.ts';

export type LinkShelfLimits = Readonly<{
  /** A connection that rests this long is left. */
  idleMs: number;
  /** And one that carried this many messages, or is this old. */
  messagesMax: number;
  ageMsMax: number;
}>;

type Resting = Readonly<{ link: SmtpLink; key: string; timer: NodeJS.Timeout }>;
type Taken = SmtpLink | undefined | 'stopped' | 'crowded';
type Waiter = Readonly<{ key: string; sinceMs: number; resolve: (taken: Taken) => void }>;

export type TakeOptions = Readonly<{
  /** Which of the site's ways the connection must lead: only one of the same key is fit. */
  key: string;
  isFreshWanted: boolean;
  signal: AbortSignal;
  /** How many may wait for a connection; any number without it. */
  waitersMax?: number | undefined;
}>;

/** How a connection that comes back may be used further, where that differs from the shelf's limits. */
export type FurtherUse = Readonly<{
  messagesMax?: number | undefined;
  /** The connections that all dispatchers together may hold: while it rests here, others may want it. */
  sharedMax?: number | undefined;
}>;

/** A connection goes to whom it fits before those who wait longer, but not past those who wait this long. */
const patienceMs = 5_000;

/** How long a connection rests that others may want: less where we hold half of all there may be. */
const sharedRestMs = { few: 5_000, many: 1_000 };

/** How long a connection that was left may count at the peer: as long as `SmtpLink.quit` lets it. */
const justLeftMs = 1_000;

/** For how long no further connection is asked for after one was refused. */
const refusedMs = 1_000;

/** The connections of one site and source address: those at rest, and how many there may be. */
export class LinkShelf {
  readonly #limits: LinkShelfLimits;
  /** The last one is the most recently used, so that a quiet time lets the others go. */
  readonly #resting: Resting[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #places = new PlacesInLine();
  /** Taken and not given back yet. */
  #busyCount = 0;
  #leftAtMs = Number.NEGATIVE_INFINITY;
  #cap: { max: number; untilMs: number } | undefined;

  constructor(limits: LinkShelfLimits) {
    this.#limits = limits;
  }

  /** Connections taken, those at rest, and those being opened. */
  get heldCount(): number {
    return this.#busyCount + this.#resting.length;
  }

  /** Nothing rests on it, is taken from it or waits for it: it may be forgotten. */
  get isEmpty(): boolean {
    return this.#busyCount === 0 && this.#resting.length === 0;
  }

  /**
   * Takes a connection at rest; undefined is leave to open one. Where `connectionsMax` are busy it waits for one, until
   * `signal` aborts; where too many wait already, or other dispatchers hold all there may be, it is `crowded`.
   *
   * Whatever comes back must be given back, with the connection used or undefined when none could be opened; `stopped`
   * and `crowded` must not.
   */
  async take(connectionsMax: number, options: TakeOptions): Promise<Taken> {
    const { key, isFreshWanted, signal, waitersMax = Number.POSITIVE_INFINITY } = options;
    const mayOpen = this.#busyCount < this.#capNow() || (!isFreshWanted && this.#hasFit(key));
    if (this.#busyCount >= connectionsMax || !mayOpen) {
      const isHopeless = this.#busyCount === 0 || this.#waiters.length >= waitersMax;
      return isHopeless ? 'crowded' : await this.#wait(key, signal);
    }
    this.#busyCount += 1;
    const kept = isFreshWanted ? undefined : this.#pop(key);
    if (kept) return kept;
    // A new one must not push the number of connections past its limit.
    const oldest = this.#resting.at(0)?.link;
    if (oldest && this.#busyCount + this.#resting.length > connectionsMax) this.#leave(oldest);
    return undefined;
  }

  /** When to come again for who found it crowded, in milliseconds from now; each one gets a later place than the one before. */
  nextPlaceMs(connectionsMax: number): number {
    return this.#places.nextMs(connectionsMax);
  }

  giveBack(link: SmtpLink | undefined, key: string, use: FurtherUse = {}): void {
    const isGood = link?.isOpen === true && !this.#isWorn(link, use);
    const next = this.#nextWaiter(isGood ? key : undefined);
    const isFit = isGood && (!next || next.key === key);
    if (link?.isOpen && !isFit) this.#quit(link);
    // A waiter takes the place over, so it stays counted.
    if (next) {
      next.resolve(isFit ? link : undefined);
      return;
    }
    this.#busyCount -= 1;
    if (isFit && link) this.#rest(link, key, use);
  }

  /** Whether one of ours was left a moment ago and may still count at the peer, so that its place is free soon. */
  get hasJustLeft(): boolean {
    return performance.now() - this.#leftAtMs < justLeftMs;
  }

  /** Gives leave to open one back, since all that there may be are held: for a while nobody here asks for more. */
  refuse(): void {
    this.#busyCount -= 1;
    this.#cap = { max: this.#busyCount, untilMs: performance.now() + refusedMs };
    // One that rests and does not fit is in the way of others.
    const oldest = this.#resting.at(0)?.link;
    if (oldest) this.#leave(oldest);
    // Whoever waits for one of ours is served by it; without any, others have them all.
    if (this.#busyCount > 0) return;
    for (const { resolve } of this.#waiters.splice(0)) resolve('crowded');
  }

  /** Notes how long a connection was used for one message. */
  noteUse(durationMs: number): void {
    this.#places.note(durationMs);
  }

  /** Says QUIT on what rests. */
  clear(): void {
    for (const { link } of [...this.#resting]) this.#leave(link);
  }

  #capNow(): number {
    const isOver = !this.#cap || this.#cap.untilMs < performance.now();
    return isOver ? Number.POSITIVE_INFINITY : (this.#cap?.max ?? 0);
  }

  #hasFit(key: string): boolean {
    return this.#resting.some((entry) => entry.key === key);
  }

  #quit(link: SmtpLink): void {
    this.#leftAtMs = performance.now();
    link.quit();
  }

  #nextWaiter(key: string | undefined): Waiter | undefined {
    const [first] = this.#waiters;
    if (!first) return undefined;
    const isLongOver = performance.now() - first.sinceMs > patienceMs;
    const at = isLongOver ? 0 : this.#waiters.findIndex((waiter) => waiter.key === key);
    return this.#waiters.splice(Math.max(0, at), 1)[0];
  }

  #rest(link: SmtpLink, key: string, use: FurtherUse): void {
    const timer = setTimeout(() => this.#leave(link), this.#restMs(use)).unref();
    this.#resting.push({ link, key, timer });
  }

  #restMs({ sharedMax }: FurtherUse): number {
    const { idleMs } = this.#limits;
    if (sharedMax === undefined) return idleMs;
    const heldCount = this.#busyCount + this.#resting.length + 1;
    return Math.min(idleMs, 2 * heldCount > sharedMax ? sharedRestMs.many : sharedRestMs.few);
  }

  #leave(link: SmtpLink): void {
    const index = this.#resting.findIndex((entry) => entry.link === link);
    if (index >= 0) clearTimeout(this.#resting.splice(index, 1)[0]?.timer);
    this.#quit(link);
  }

  /** The peer may have left while a connection rested; those are passed over. */
  #pop(key: string): SmtpLink | undefined {
    const at = this.#resting.findLastIndex((entry) => entry.key === key);
    if (at < 0) return undefined;
    const [entry] = this.#resting.splice(at, 1);
    clearTimeout(entry?.timer);
    return !entry || entry.link.isOpen ? entry?.link : this.#pop(key);
  }

  #isWorn({ messageCount, openedAtMs }: SmtpLink, use: FurtherUse): boolean {
    const { messagesMax, ageMsMax } = this.#limits;
    const carriedMax = Math.min(messagesMax, use.messagesMax ?? messagesMax);
    return messageCount >= carriedMax || performance.now() - openedAtMs > ageMsMax;
  }

  async #wait(key: string, signal: AbortSignal): Promise<Taken> {
    const { promise, resolve } = Promise.withResolvers<Taken>();
    const waiter = { key, sinceMs: performance.now(), resolve };
    const stop = () => {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
      resolve('stopped');
    };
    this.#waiters.push(waiter);
    signal.addEventListener('abort', stop);
    const taken = await promise;
    signal.removeEventListener('abort', stop);
    return taken;
  }
}
