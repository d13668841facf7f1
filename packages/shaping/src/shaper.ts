import type { Clock, Logger } from '@posthorn/runtime';
import type { SiteLane } from './lane.ts';
import { type ConnectionLease, createConnections, renewEveryMs } from './limits/connections.ts';
import type { Leave } from './limits/leave.ts';
import { createLeaves } from './limits/leaves.ts';
import { createObserver, type SiteAnswer } from './limits/observer.ts';
import type { ShapingRules } from './rules/shaping-rules.ts';
import type { ShapingRedis } from './run-script.ts';
import { createLaneIndex } from './view/lane-index.ts';

export type ShaperDeps = Readonly<{
  redis: ShapingRedis;
  rules: () => ShapingRules;
  clock: Clock;
  /** Unique to this run of the process. */
  owner: string;
  log: Logger;
  /** From 0 up to but not 1. */
  random: () => number;
}>;

/** Keeps the limits of sites, together with all other shapers on the same Redis. Disposing it gives its connections back. */
export type Shaper = AsyncDisposable & {
  /**
   * Leave to send one message now. Best asked for when a connection is at hand: what is asked for early and sent late comes
   * closer to what follows than the limits mean. Rejects only with an `unavailable` Fault (Redis is away).
   */
  ask(on: SiteLane): Promise<Leave>;
  /** A leave was not used: nothing was sent. */
  giveBack(on: SiteLane): void;
  /**
   * The right to one more connection, of those that the fleet may have; undefined where there are enough. Kept alive until it
   * is released; it counts for at most 30 s after this process has died. Rejects with an `unavailable` Fault.
   */
  connect(on: SiteLane): Promise<ConnectionLease | undefined>;
  /** What the peer said about a delivery, so that rules may slow or suspend. Returns at once and never throws. */
  observe(on: SiteLane, answer: SiteAnswer): void;
};

const sweepEveryMs = 30_000;

/** Makes a shaper. The limits hold over all shapers that have the same rules and the same Redis. */
export function createShaper({ redis, rules, clock, owner, log, random }: ShaperDeps): Shaper {
  const leaves = createLeaves({ redis, rules, clock, random });
  const connections = createConnections({ redis, rules, clock, owner });
  const index = createLaneIndex({ redis, clock });
  const underWay = new Set<Promise<unknown>>();
  const track = (work: Promise<unknown> | undefined) => {
    if (!work) return;
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const observe = createObserver({
    ...{ redis, rules, clock, log },
    onOverride: (lane, override) => {
      leaves.forget(lane);
      track(index.addOverride(lane, override));
      const { rule, kind, reply, untilMs } = override;
      log.info({ ...lane, rule, kind, reply, until: new Date(untilMs).toISOString() }, 'a site is shaped');
    },
  });
  const timers = [
    setInterval(() => track(connections.renew()), renewEveryMs),
    setInterval(() => track(index.flush()), 1_000),
    setInterval(leaves.sweep, sweepEveryMs),
  ];
  for (const timer of timers) timer.unref();

  return {
    ask: (on) => {
      index.note(on);
      return leaves.ask(on);
    },
    giveBack: (on) => track(leaves.giveBack(on)),
    connect: connections.connect,
    observe: (on, answer) => {
      if (answer.kind !== 'delivered') track(observe(on, answer));
    },
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearInterval(timer);
      track(index.flush());
      track(connections.releaseAll());
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
