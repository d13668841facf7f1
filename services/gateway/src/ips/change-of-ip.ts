import type { IpUpdateRequest } from '@posthorn/contracts';
import { settleIp } from '@posthorn/domains/ips';
import { Fault } from '@posthorn/runtime';
import type { SendingIp, SendingIpChange } from '@posthorn/store';
import { ehloNameOf, socks5Of } from './ip-input.ts';

/** The change that a request asks for. Pure. Throws a 400 for a name or host that is none, `conflict` for a resume of what sends. */
export function changeOfIp(
  ip: SendingIp,
  request: IpUpdateRequest,
  { isWarm, nowMs }: Readonly<{ isWarm: boolean; nowMs: number }>,
): SendingIpChange {
  const { pool, socks5 } = request;
  const ehloName = request.ehloName === undefined ? ip.ehloName : ehloNameOf(request.ehloName);
  const named = { ...ip, ehloName, checks: ehloName === ip.ehloName ? ip.checks : withoutNames(ip.checks) };
  return {
    ...{ ehloName, checks: named.checks, warmup: request.warmup ?? ip.warmup },
    ...(pool !== undefined && { pool }),
    ...(socks5 !== undefined && { socks5: socks5 === null ? undefined : socks5Of(socks5) }),
    ...standingAfter(named, request, isWarm),
    ...{ updatedAtMs: nowMs, nextCheckAtMs: nowMs },
  };
}

/** What was seen under another EHLO name says nothing of this one. */
function withoutNames({ ptr: _, ehlo: __, ...rest }: SendingIp['checks']): SendingIp['checks'] {
  return rest;
}

type Standing = Pick<SendingIpChange, 'state' | 'stateReason' | 'drainedFrom'>;

function standingAfter(ip: SendingIp, { action, warmup }: IpUpdateRequest, isWarm: boolean): Standing {
  switch (action) {
    case 'pause':
      return { state: 'paused', stateReason: 'Paused by an operator.', drainedFrom: undefined };
    case 'drain':
      return { state: 'draining', stateReason: 'Drained by an operator.', drainedFrom: undefined };
    case 'resume':
      if (ip.state === 'paused' || ip.state === 'draining')
        return settleIp({ ...ip, state: 'checking' }, isWarm);
      throw new Fault('conflict', `The IP is ${ip.state}: there is nothing to resume.`);
    case undefined:
      if (warmup === 'skip' && ip.state === 'warming') return { state: 'active' };
      return warmup === 'plan' && ip.warmup === 'skip' && ip.state === 'active' ? { state: 'warming' } : {};
  }
}
