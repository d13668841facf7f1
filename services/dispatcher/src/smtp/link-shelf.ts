import type { SmtpLink } from './smtp-link.ts';

/** The connections of one route and source address: those at rest, and how many there may be. */
export type LinkShelf = {
  /**
   * Takes a connection at rest; undefined is leave to open one. Where as many as allowed are busy it waits for one.
   *
   * Whatever comes back must be given back, with the connection used or undefined when none could be opened.
   */
  take(
    connectionsMax: number,
    options: { isFreshWanted: boolean; signal: AbortSignal },
  ): Promise<SmtpLink | undefined | 'stopped'>;
  giveBack(link: SmtpLink | undefined): void;
  /** Says QUIT on what rests. */
  clear(): void;
};

export type LinkShelfLimits = Readonly<{ idleMs: number; messagesMax: number; ageMsMax: number }>;

type Waiter = (link: SmtpLink | undefined) => void;

export function createLinkShelf({ idleMs, messagesMax, ageMsMax }: LinkShelfLimits): LinkShelf {
  /** The last one is the most recently used, so that a quiet time lets the others go. */
  const resting: { link: SmtpLink; timer: NodeJS.Timeout }[] = [];
  const waiters: Waiter[] = [];
  /** Taken and not given back yet. */
  let busyCount = 0;

  function rest(link: SmtpLink): void {
    const timer = setTimeout(() => {
      forget(link);
      link.quit();
    }, idleMs).unref();
    resting.push({ link, timer });
  }

  function forget(link: SmtpLink): void {
    const index = resting.findIndex((entry) => entry.link === link);
    if (index >= 0) clearTimeout(resting.splice(index, 1)[0]?.timer);
  }

  /** The peer may have left while a connection rested; those are passed over. */
  function pop(): SmtpLink | undefined {
    const entry = resting.pop();
    clearTimeout(entry?.timer);
    return !entry || entry.link.isOpen ? entry?.link : pop();
  }

  function isWorn(link: SmtpLink): boolean {
    return link.messageCount >= messagesMax || performance.now() - link.openedAtMs > ageMsMax;
  }

  async function wait(signal: AbortSignal): Promise<SmtpLink | undefined | 'stopped'> {
    const { promise, resolve } = Promise.withResolvers<SmtpLink | undefined | 'stopped'>();
    const stop = () => {
      waiters.splice(waiters.indexOf(resolve), 1);
      resolve('stopped');
    };
    waiters.push(resolve);
    signal.addEventListener('abort', stop);
    const taken = await promise;
    signal.removeEventListener('abort', stop);
    return taken;
  }

  return {
    async take(connectionsMax, { isFreshWanted, signal }) {
      if (busyCount >= connectionsMax) return await wait(signal);
      busyCount += 1;
      if (!isFreshWanted) return pop();
      // The fresh one must not push the number of connections past its limit.
      const oldest = resting.at(0)?.link;
      if (oldest && busyCount + resting.length > connectionsMax) {
        forget(oldest);
        oldest.quit();
      }
      return undefined;
    },
    giveBack(link) {
      const next = waiters.shift();
      const isGood = link?.isOpen === true && !isWorn(link);
      if (link?.isOpen && !isGood) link.quit();
      // A waiter takes the place over, so it stays counted.
      if (next) return next(isGood ? link : undefined);
      busyCount -= 1;
      if (isGood && link) rest(link);
    },
    clear() {
      for (let link = pop(); link; link = pop()) link.quit();
    },
  };
}
