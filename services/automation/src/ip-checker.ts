import type { CheckIp } from '@posthorn/domains/ips';
import type { Clock, Logger } from '@posthorn/runtime';
import type { IpRepository, SendingIp } from '@posthorn/store';
import { createDueChecker, type DueChecker } from './due-checker.ts';

export type IpCheckerDeps = Readonly<{
  ips: Pick<IpRepository, 'takeDue'>;
  check: CheckIp;
  /** Addresses checked at once. */
  concurrency: number;
  /** Pause between two looks for what is due. */
  lookEveryMs: number;
  clock: Clock;
  log: Logger;
}>;

/**
 * Checks each sending address when it is due, and logs what became of it: a change of state, and a condition that an
 * address which sends does not meet any more, which is for a person to mend.
 */
export function createIpChecker({ ips, check, log, ...how }: IpCheckerDeps): DueChecker {
  return createDueChecker<SendingIp>({
    ...{ ...how, log, what: 'sending ip' },
    takeDue: (nowMs, leaseMs) => ips.takeDue(nowMs, leaseMs),
    nameOf: ({ id }) => ({ ipId: id }),
    async check(ip) {
      const checked = await check(ip);
      if (checked) tell(ip, checked, log);
    },
  });
}

function tell(before: SendingIp, after: SendingIp, log: Logger): void {
  const { id: ipId, pool, state, stateReason: reason } = after;
  if (state !== before.state) {
    const change = { ipId, pool, was: before.state, state, reason };
    if (state === 'draining') log.error(change, 'sending ip is drained');
    else log.info(change, 'sending ip changed');
  }
  const broken = Object.entries(after.checks)
    .filter(([name, check]) => check.state === 'failing' && before.checks[name]?.state === 'passed')
    .map(([name]) => name);
  if (broken.length > 0) log.warn({ ipId, pool, state, checks: broken }, 'sending ip needs attention');
}
