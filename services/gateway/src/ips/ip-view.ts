import type { IpView } from '@posthorn/contracts';
import { checksOf } from '@posthorn/domains/ips';
import type { SendingIp } from '@posthorn/store';

/** An address as it is answered: all of it but the credentials of its SOCKS5 server. */
export function ipViewOf(ip: SendingIp): IpView {
  const { id, address, ehloName, pool, state, stateReason, warmup, socks5, revision } = ip;
  return {
    ...{ id, address, ehloName, pool, state },
    ...(stateReason !== undefined && { stateReason }),
    warmup,
    ...(socks5 && { socks5: { host: socks5.host, port: socks5.port, hasCredentials: hasCredentials(ip) } }),
    checks: checksOf(ip).map((name) => checkViewOf(name, ip)),
    createdAt: isoOf(ip.createdAtMs),
    updatedAt: isoOf(ip.updatedAtMs),
    nextCheckAt: isoOf(ip.nextCheckAtMs),
    revision,
  };
}

function hasCredentials({ socks5 }: SendingIp): boolean {
  return socks5?.isLocked === true || socks5?.username !== undefined;
}

function checkViewOf(name: IpView['checks'][number]['name'], { checks }: SendingIp) {
  const { state = 'pending', message, found, checkedAtMs } = checks[name] ?? {};
  return {
    ...{ name, state },
    ...(message !== undefined && { message }),
    ...(found && { found: [...found] }),
    ...(checkedAtMs !== undefined && { checkedAt: isoOf(checkedAtMs) }),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
