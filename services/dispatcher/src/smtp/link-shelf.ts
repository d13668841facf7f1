import type { SmtpLink } from './smtp-link.ts';

export type LinkShelfLimits = Readonly<{
  /** A connection that rests this long is left. */
  idleMs: number;
  /** And one that carried this many messages, or is this old. */
  messagesMax: number;
  ageMsMax: number;
}>;

type Resting = Readonly<{ link: SmtpLink; timer: NodeJS.Timeout }>;
type Taken = SmtpLink | undefined | 'stopped';

/** The connections of one route and source address: those at rest, and how many there may be. */
export class LinkShelf {
  readonly #limits: LinkShelfLimits;
  /** The last one is the most recently used, so that a quiet time lets the others go. */
  readonly #resting: Resting[] = [];
  readonly #waiters: ((taken: Taken) => void)[] = [];
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
  async take(
    connectionsMax: number,
    { isFreshWanted, signal }: { isFreshWanted: boolean; signal: AbortSignal },
  ): Promise<Taken> {
    if (this.#busyCount >= connectionsMax) return await this.#wait(signal);
    this.#busyCount += 1;
    if (!isFreshWanted) return this.#pop();
    // The fresh one must not push the number of connections past its limit.
    const oldest = this.#resting.at(0)?.link;
    if (oldest && this.#busyCount + this.#resting.length > connectionsMax) this.#leave(oldest);
    return undefined;
  }

  giveBack(link: SmtpLink | undefined): void {
    const next = this.#waiters.shift();
    const isGood = link?.isOpen === true && !this.#isWorn(link);
    if (link?.isOpen && !isGood) link.quit();
    // A waiter takes the place over, so it stays counted.
    if (next) {
      next(isGood ? link : undefined);
      return;
    }
    this.#busyCount -= 1;
    if (isGood && link) this.#rest(link);
  }

  /** Says QUIT on what rests. */
  clear(): void {
    for (let link = this.#pop(); link; link = this.#pop()) link.quit();
  }

  #rest(link: SmtpLink): void {
    const timer = setTimeout(() => this.#leave(link), this.#limits.idleMs).unref();
    this.#resting.push({ link, timer });
  }

  #leave(link: SmtpLink): void {
    const index = this.#resting.findIndex((entry) => entry.link === link);
    if (index >= 0) clearTimeout(this.#resting.splice(index, 1)[0]?.timer);
    link.quit();
  }

  /** The peer may have left while a connection rested; those are passed over. */
  #pop(): SmtpLink | undefined {
    const entry = this.#resting.pop();
    clearTimeout(entry?.timer);
    return !entry || entry.link.isOpen ? entry?.link : this.#pop();
  }

  #isWorn({ messageCount, openedAtMs }: SmtpLink): boolean {
    const { messagesMax, ageMsMax } = this.#limits;
    return messageCount >= messagesMax || performance.now() - openedAtMs > ageMsMax;
  }

  async #wait(signal: AbortSignal): Promise<Taken> {
    const { promise, resolve } = Promise.withResolvers<Taken>();
    const stop = () => {
      this.#waiters.splice(this.#waiters.indexOf(resolve), 1);
      resolve('stopped');
    };
    this.#waiters.push(resolve);
    signal.addEventListener('abort', stop);
    const taken = await promise;
    signal.removeEventListener('abort', stop);
    return taken;
  }
}
