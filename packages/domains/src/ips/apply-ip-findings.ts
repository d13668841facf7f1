import type { IpCheck, SendingIp, SendingIpChange } from '@posthorn/store';
import { addressKindOf } from './ip-address.ts';
import { nextIpCheckAtMs } from './ip-check-schedule.ts';
import { type IpCheckName, type IpJudgement, ipCheckNames, namesOf } from './ip-judgement.ts';

/** What a look at each condition of an address came to. */
export type IpFindings = Readonly<Partial<Record<IpCheckName, IpJudgement>>>;

/**
 * The conditions that an address has to meet. Nobody outside sees a private one, so that the DNS has nothing to say of
 * it: it only has to be bound.
 */
export function checksOf({ address }: Pick<SendingIp, 'address'>): readonly IpCheckName[] {
  return addressKindOf(address) === 'private' ? ['bound'] : ipCheckNames;
}

/**
 * What an address becomes by what was found. Pure.
 *
 * One that is checking begins once all its conditions are met. One that sends goes on while a condition fails, for
 * people to mend, and is drained only by a blocklist; from there it comes back when no list has it. What an operator
 * paused or drained stays so. Trouble in asking changes no state.
 */
export function applyIpFindings(
  ip: SendingIp,
  findings: IpFindings,
  { nowMs, isWarm, jitter }: Readonly<{ nowMs: number; isWarm: boolean; jitter: number }>,
): SendingIpChange {
  const checks = Object.fromEntries(
    checksOf(ip).map((name) => [name, checkAfter(ip.checks[name], findings[name], nowMs)]),
  );
  const standing = settleIp({ ...ip, checks }, isWarm);
  const isChanged = standing.state !== ip.state;
  const hasUnknown = Object.values(findings).some(({ kind }) => kind === 'unknown');
  return {
    ...{ checks, ...standing, updatedAtMs: isChanged ? nowMs : ip.updatedAtMs },
    nextCheckAtMs: nextIpCheckAtMs({ ...ip, ...standing }, { nowMs, hasUnknown, jitter }),
  };
}

function checkAfter(last: IpCheck | undefined, finding: IpJudgement | undefined, nowMs: number): IpCheck {
  const { message: _, ...known } = last ?? ({ state: 'pending' } as const);
  switch (finding?.kind) {
    case undefined:
      return known;
    case 'passed':
      return { state: 'passed', checkedAtMs: nowMs, ...(finding.message && { message: finding.message }) };
    case 'failing': {
      const { message, found } = finding;
      return { state: 'failing', checkedAtMs: nowMs, message, ...(found && { found }) };
    }
    case 'unknown':
      return { ...known, message: `Could not be checked: ${finding.reason}. It is tried again.` };
  }
}

/** Where an address stands. */
type Standing = Pick<SendingIp, 'state'> & Pick<SendingIpChange, 'stateReason' | 'drainedFrom'>;

/** The state that follows from the last checks: also for one that an operator lets go on. */
export function settleIp(ip: SendingIp, isWarm: boolean): Standing {
  const { state, stateReason, drainedFrom } = ip;
  const isListed = ip.checks['blocklists']?.state === 'failing';
  switch (state) {
    case 'paused':
      return { state, stateReason, drainedFrom };
    case 'draining':
      return drainedFrom && !isListed
        ? sending(isWarm || drainedFrom === 'active')
        : { state, stateReason, drainedFrom };
    case 'checking':
      return waitingFor(ip) ?? sending(isWarm);
    case 'warming':
    case 'active':
      return isListed
        ? { state: 'draining', drainedFrom: state, stateReason: listedReason(ip) }
        : sending(isWarm || state === 'active');
  }
}

function sending(isWarm: boolean): Standing {
  return { state: isWarm ? 'active' : 'warming', stateReason: undefined, drainedFrom: undefined };
}

function waitingFor(ip: SendingIp): Standing | undefined {
  const waiting = checksOf(ip).filter((name) => ip.checks[name]?.state !== 'passed');
  if (waiting.length === 0) return undefined;
  return { state: 'checking', stateReason: `Not ready: ${waiting.join(', ')}.`, drainedFrom: undefined };
}

function listedReason({ checks }: SendingIp): string {
  return `Listed on ${namesOf(checks['blocklists']?.found ?? [])}.`;
}
