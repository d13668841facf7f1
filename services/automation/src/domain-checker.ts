import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckDomain } from '@posthorn/domains';
import { type Clock, type HealthCheck, isFault, type Logger } from '@posthorn/runtime';
import type { Domain, DomainRepository } from '@posthorn/store';

export type DomainCheckerDeps = Readonly<{
  domains: Pick<DomainRepository, 'takeDue'>;
  check: CheckDomain;
  /** Domains checked at once. */
  concurrency: number;
  /** Pause between two looks for what is due. */
  lookEveryMs: number;
  clock: Clock;
  log: Logger;
}>;

/** Checks domains in the background. Disposing it waits for the checks in hand. */
export type DomainChecker = AsyncDisposable & Readonly<{ healthCheck: HealthCheck }>;

/** Longest a check may take before another process may begin it: more than all its lookups in a row. */
const leaseMs = 3 * 60_000;
const deafAfterMs = 10 * 60_000;

/**
 * Checks each domain when it is due. Any number of processes may do so at once, none of them a leader: the store gives
 * a domain that is due to one of them, and to another if that one ended before it stored what it saw. A domain checked
 * twice is no harm.
 */
export function createDomainChecker(deps: DomainCheckerDeps): DomainChecker {
  const { concurrency, lookEveryMs, clock, log } = deps;
  const stop = new AbortController();
  let lastRoundMs = clock.monotonicMs();

  const take = () => deps.domains.takeDue(clock.nowMs(), leaseMs);

  async function checkAll(first: Domain | null): Promise<void> {
    for (let domain = first; domain; domain = stop.signal.aborted ? null : await take()) {
      await checkOne(domain, deps);
      lastRoundMs = clock.monotonicMs();
    }
  }

  /** Asks once where nothing is due; where something is, works it off side by side. */
  async function round(): Promise<void> {
    const first = await take();
    if (!first) return;
    const others = Array.from({ length: concurrency - 1 }, async () => checkAll(await take()));
    const lanes = await Promise.allSettled([checkAll(first), ...others]);
    for (const lane of lanes) if (lane.status === 'rejected') report(lane.reason, log);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => report(error, log));
      lastRoundMs = clock.monotonicMs();
      // Not all processes at the same moment.
      const pauseMs = lookEveryMs * (0.75 + Math.random() / 2);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    healthCheck: async () =>
      clock.monotonicMs() - lastRoundMs < deafAfterMs
        ? { ok: true }
        : { ok: false, reason: 'no domain was looked at for ten minutes' },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

/** A domain on which our own code throws waits for its lease to end; the others go on. */
async function checkOne(domain: Domain, { check, log }: DomainCheckerDeps): Promise<void> {
  const { id: domainId, accountId, state } = domain;
  try {
    const checked = await check(domain);
    if (checked && checked.state !== state)
      log.info({ domainId, accountId, was: state, state: checked.state }, 'sending domain changed');
  } catch (error) {
    if (isFault(error, 'unavailable')) throw error;
    log.error({ domainId, accountId, err: error }, 'sending domain could not be checked');
  }
}

function report(error: unknown, log: Logger): void {
  if (!isFault(error, 'unavailable')) log.error({ err: error }, 'looking for due domains failed');
}
