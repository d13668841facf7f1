type Waiting = { isSuspect: boolean; start: () => void };

/**
 * Lets a suspect bag, one that may have ended its process before, run while no other does.
 *
 * Else the bags beside it would be blamed for the crashes it causes. Bounded: after `patienceMs` a bag runs even so,
 * since an item that ends its process usually does it at once.
 */
export class Quarantine {
  readonly #patienceMs: number;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #suspectsRunning = 0;

  constructor({ patienceMs }: { patienceMs: number }) {
    this.#patienceMs = patienceMs;
  }

  /** Resolves when the bag may run, with what must be called at its end; a second call of that does nothing. */
  async enter(isSuspect: boolean): Promise<() => void> {
    if (this.#mayRun(isSuspect)) this.#count(isSuspect, 1);
    else await this.#wait(isSuspect);

    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#count(isSuspect, -1);
      this.#startWaiting();
    };
  }

  #mayRun(isSuspect: boolean): boolean {
    if (this.#suspectsRunning > 0) return false;
    if (isSuspect) return this.#running === 0;
    return !this.#waiting.values().some((other) => other.isSuspect);
  }

  #count(isSuspect: boolean, by: 1 | -1): void {
    if (isSuspect) this.#suspectsRunning += by;
    else this.#running += by;
  }

  async #wait(isSuspect: boolean): Promise<void> {
    const started = Promise.withResolvers<void>();
    const waiting: Waiting = {
      isSuspect,
      // Counted here and not by who waited, so that nobody starts between the two.
      start: () => {
        this.#waiting.delete(waiting);
        this.#count(isSuspect, 1);
        started.resolve();
      },
    };
    this.#waiting.add(waiting);
    const timer = setTimeout(waiting.start, this.#patienceMs);
    await started.promise;
    clearTimeout(timer);
  }

  /** Suspects go first, so that ordinary bags, of which there is no end, cannot keep them out. */
  #startWaiting(): void {
    const inOrder = [...this.#waiting].toSorted((a, b) => Number(b.isSuspect) - Number(a.isSuspect));
    for (const waiting of inOrder) if (this.#mayRun(waiting.isSuspect)) waiting.start();
  }
}
