/** What is known of MongoDB's absence, so that only the first calls wait for an answer that will not come. */
export type Absence = Disposable &
  Readonly<{
    /** Whether calls would be in vain now. */
    isAway: () => boolean;
    /** Told of a call that found nobody (`lost`), or none that answered in time (`slow`), which may have been it alone. */
    note: (sign: 'lost' | 'slow') => void;
  }>;

export type AbsenceOptions = Readonly<{
  /** Asks for a sign of life; rejects, within a bounded time, when there is none. */
  probe: () => Promise<unknown>;
  /** Rest between two probes that failed. */
  everyMs: number;
}>;

/**
 * Watches an absence from its first sign until a probe is answered.
 *
 * After `lost` calls are refused at once; after `slow` only when a probe fails too. So an outage costs the calls that
 * were under way their time limit and all later ones nothing, and is over within `everyMs` of MongoDB's return.
 */
export function watchAbsence({ probe, everyMs }: AbsenceOptions): Absence {
  let isAway = false;
  let isProbing = false;
  let timer: NodeJS.Timeout | undefined;
  let isDisposed = false;

  async function probeOnce(): Promise<void> {
    isAway = await probe().then(
      () => false,
      () => true,
    );
    isProbing = isAway && !isDisposed;
    if (isProbing) timer = setTimeout(probeOnce, everyMs);
  }

  return {
    isAway: () => isAway,
    note(sign) {
      if (sign === 'lost') isAway = true;
      if (isProbing || isDisposed) return;
      isProbing = true;
      void probeOnce();
    },
    [Symbol.dispose]: () => {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
