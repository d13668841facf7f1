import type { SmtpLink } from './smtp-link.ts';

export type LinkShelfLimits = Readonly<{
  /** A connection that rests this long is left. */
  idleMs: number;
  /** And one that carried this many messages, or is this old. */
  messagesMax: number;
  ageMsMax: number;
}>;

type Resting = Readonly<{ link: SmtpLink; key: string; timer: NodeJS.Timeout }>;
type Taken = SmtpLink | undefined | 'stopped';
type Waiter = Readonly<{ key: string; sinceMs: number; resolve: (taken: Taken) => void }>;

export type TakeOptions = Readonly<{
  /** Which of the site's ways the connection must lead: only one of the same key is fit. */
  key: string;
  isFreshWanted: boolean;
  signal: AbortSignal;
}>;

/** A connection goes to whom it fits before those who wait longer, but not past those who wait this long. */
const patienceMs = 5_000;

/** The connections of one site and source address: those at rest, and how many there may be. */
export class LinkShelf {
  readonly #limits: LinkShelfLimits;
  /** The last one is the most recently used, so that a quiet time lets the others go. */
  readonly #resting: Resting[] = [];
  readonly #waiters: Waiter[] = [];
  /** Taken and not given back yet. */
  #busyCount = 0;

  constructor(limits: LinkShelfLimits) {
    this.#limits = limits;
  }

  /** Nothing rests on it, is taken from it or waits for it: it may be forgotten. */
  get isEmpty(): boolean {
    return this.#busyCount === 0 && this.#resting.length === 0;
  }

  /**
   * Takes a connection at rest; undefined is leave to open one. Where `connectionsMax` are busy it waits for one, until
   * `signal` aborts.
   *
   * Whatever comes back must be given back, with the connection used or undefined when none could be opened; `stopped`
   * must not.
   */
  async take(connectionsMax: number, { key, isFreshWanted, signal }: TakeOptions): Promise<Taken> {
    if (this.#busyCount >= connectionsMax) return await this.#wait(key, signal);
    this.#busyCount += 1;
    const kept = isFreshWanted ? undefined : this.#pop(key);
    if (kept) return kept;
    // A new one must not push the number of connections past its limit.
    const oldest = this.#resting.at(0)?.link;
    if (oldest && this.#busyCount + this.#resting.length > connectionsMax) this.#leave(oldest);
    return undefined;
  }

  giveBack(link: SmtpLink | undefined, key: string): void {
    const isGood = link?.isOpen === true && !this.#isWorn(link);
    const next = this.#nextWaiter(isGood ? key : undefined);
    const isFit = isGood && (!next || next.key === key);
    if (link?.isOpen && !isFit) link.quit();
    // A waiter takes the place over, so it stays counted.
    if (next) {
      next.resolve(isFit ? link : undefined);
      return;
    }
    this.#busyCount -= 1;
    if (isFit && link) this.#rest(link, key);
  }

  /** Says QUIT on what rests. */
  clear(): void {
    for (const { link } of [...this.#resting]) this.#leave(link);
  }

  #nextWaiter(key: string | undefined): Waiter | undefined {
    const [first] = this.#waiters;
    if (!first) return undefined;
    const isLongOver = performance.now() - first.sinceMs > patienceMs;
    const at = isLongOver ? 0 : this.#waiters.findIndex((waiter) => waiter.key === key);
    return this.#waiters.splice(Math.max(0, at), 1)[0];
  }

  #rest(link: SmtpLink, key: string): void {
    const timer = setTimeout(() => this.#leave(link), this.#limits.idleMs).unref();
    this.#resting.push({ link, key, timer });
  }

  #leave(link: SmtpLink): void {
    const index = this.#resting.findIndex((entry) => entry.link === link);
    if (index >= 0) clearTimeout(this.#resting.splice(index, 1)[0]?.timer);
    link.quit();
  }

  /** The peer may have left while a connection rested; those are passed over. */
  #pop(key: string): SmtpLink | undefined {
    const at = this.#resting.findLastIndex((entry) => entry.key === key);
    if (at < 0) return undefined;
    const [entry] = this.#resting.splice(at, 1);
    clearTimeout(entry?.timer);
    return !entry || entry.link.isOpen ? entry?.link : this.#pop(key);
  }

  #isWorn({ messageCount, openedAtMs }: SmtpLink): boolean {
    const { messagesMax, ageMsMax } = this.#limits;
    return messageCount >= messagesMax || performance.now() - openedAtMs > ageMsMax;
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
