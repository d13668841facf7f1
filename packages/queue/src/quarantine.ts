/**
 * Lets a suspect bag, one that may have ended its process before, run while no other does.
 *
 * Else the bags beside it would be blamed for the crashes it causes. Bounded: after `patienceMs` a bag runs even so,
 * since an item that ends its process usually does it at once.
 */
export type Quarantine = Readonly<{
  /** Resolves with what must be called at the end, when the bag may run. */
  enter: (isSuspect: boolean) => Promise<() => void>;
}>;

export function createQuarantine({ patienceMs }: { patienceMs: number }): Quarantine {
  let running = 0;
  let suspects = 0;
  let isSuspectRunning = false;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function untilFree(isBlocked: () => boolean): Promise<void> {
    let isPatient = true;
    const timer = setTimeout(() => {
      isPatient = false;
      announce();
    }, patienceMs);
    while (isPatient && isBlocked()) await changed.promise;
    clearTimeout(timer);
  }

  async function enterOrdinary(): Promise<() => void> {
    if (suspects > 0) await untilFree(() => suspects > 0);
    running += 1;
    return () => {
      running -= 1;
      announce();
    };
  }

  async function enterSuspect(): Promise<() => void> {
    suspects += 1;
    await untilFree(() => running > 0 || isSuspectRunning);
    isSuspectRunning = true;
    return () => {
      suspects -= 1;
      isSuspectRunning = false;
      announce();
    };
  }

  return { enter: (isSuspect) => (isSuspect ? enterSuspect() : enterOrdinary()) };
}
