import { type Clock, createCounter, type Logger } from '@posthorn/runtime';
import type { Wait } from '../shaping.ts';
import type { Choice } from './choose-sources.ts';

const countWaits = createCounter(
  'posthorn.dispatcher.no_usable_ip',
  'Messages put off because their pool has no address that can be sent from, by pool.',
);

export type NoSourceReason = Extract<Choice, { kind: 'none' }>['reason'];

/** Puts off what has nothing to leave from, and says so to the operator. */
export type NoSource = { waitFor(reason: NoSourceReason, firstPostedAtMs: number): Wait };

const sayings: Readonly<Record<NoSourceReason, string>> = {
  unknown: 'is not known yet: MongoDB was not reached since the start',
  empty: 'has no address',
  unused: 'has no address that is warming up or active',
  unbound: 'has no address that this dispatcher can send from',
};

const logEveryMs = 60_000;
const delayMs = { least: 2_000, most: 60_000 };

export function createNoSource({
  pool,
  clock,
  log,
  random,
}: {
  pool: string;
  clock: Clock;
  log: Logger;
  random: () => number;
}): NoSource {
  let loggedAtMs = Number.NEGATIVE_INFINITY;

  return {
    waitFor(reason, firstPostedAtMs) {
      countWaits(1, { pool });
      const nowMs = clock.nowMs();
      if (clock.monotonicMs() - loggedAtMs >= logEveryMs) {
        loggedAtMs = clock.monotonicMs();
        log.error({ pool, reason }, 'pool has no usable address, its mail waits');
      }
      // What waits long looks less often, so that a pool that is down for hours costs little.
      const share = Math.min(Math.max((nowMs - firstPostedAtMs) / 10, delayMs.least), delayMs.most);
      const waitMs = Math.round(share * (1 + random() / 5));
      const text = `The pool ${pool} ${sayings[reason]}.`;
      return { kind: 'wait', delayMs: waitMs, rule: 'pool.no-usable-ip', text, untilMs: nowMs + waitMs };
    },
  };
}
