import { type Clock, isFault } from '@posthorn/runtime';
import type { IpRepository, SendingIp } from '@posthorn/store';
import type { DnsLookup } from '../dns-lookup.ts';
import { applyIpFindings, checksOf, type IpFindings } from './apply-ip-findings.ts';
import type { IpCheckName, IpJudgement } from './ip-judgement.ts';
import { judgeBlocklists } from './judge-blocklists.ts';
import { judgeEhlo, judgePtr } from './judge-names.ts';
import { judgeSpf } from './judge-spf.ts';
import type { ListSpfHosts } from './spf-hosts.ts';

export type CheckIpDeps = Readonly<{
  ips: Pick<IpRepository, 'find' | 'update'>;
  listSpfHosts: ListSpfHosts;
  lookup: DnsLookup;
  /** How many dispatchers can send from the address now. */
  countBound: (address: string) => Promise<number>;
  /** Whether the address has been through its warm-up. */
  isWarm: (address: string) => Promise<boolean>;
  /** DNS blocklists to ask, as `bl.example`. */
  blocklists: readonly string[];
  /** From 0 to 1: spreads checks. */
  random: () => number;
  clock: Clock;
}>;

/**
 * Looks at every condition of an address and stores what it saw; the address as it is then, or null where it was
 * deleted. Throws the store's Faults; trouble with the DNS and with Redis is stored as such.
 */
export type CheckIp = (ip: SendingIp) => Promise<SendingIp | null>;

/** Times the result is held against the address anew because that changed meanwhile; then what others wrote stands. */
const roundsMax = 3;

/** Makes the check. Any number may run at once, also of one address: what one saw is stored only on what it looked at. */
export function createCheckIp(deps: CheckIpDeps): CheckIp {
  const { ips, random, clock } = deps;
  return async (given) => {
    let ip: SendingIp | null = given;
    for (let round = 0; ip && round < roundsMax; round += 1) {
      const [findings, isWarm] = await Promise.all([lookAtAll(ip, deps), isWarmNow(ip, deps)]);
      const moment = { nowMs: clock.nowMs(), isWarm, jitter: random() };
      const changed = await ips.update(ip.id, applyIpFindings(ip, findings, moment), ip.revision);
      if (changed) return changed;
      ip = await ips.find(given.id);
    }
    return ip;
  };
}

async function lookAtAll(ip: SendingIp, deps: CheckIpDeps): Promise<IpFindings> {
  const entries = checksOf(ip).map(async (name) => [name, await lookAt(name, ip, deps)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function lookAt(name: IpCheckName, ip: SendingIp, deps: CheckIpDeps): Promise<IpJudgement> {
  const { lookup } = deps;
  switch (name) {
    case 'bound':
      return lookAtBound(ip, deps);
    case 'ptr':
      return judgePtr(ip, lookup);
    case 'ehlo':
      return judgeEhlo(ip, lookup);
    case 'spf': {
      const hosts = await deps.listSpfHosts();
      return judgeSpf(ip.address, { hosts, missedBefore: foundBefore(name, ip) }, lookup);
    }
    case 'blocklists': {
      const { blocklists: zones } = deps;
      return judgeBlocklists(ip.address, { zones, listedBefore: foundBefore(name, ip) }, lookup);
    }
  }
}

/** Who spoke against the address when it was last asked: they have to take it back. */
function foundBefore(name: IpCheckName, { checks }: SendingIp): readonly string[] {
  const { state, found = [] } = checks[name] ?? {};
  return state === 'failing' ? found : [];
}

async function lookAtBound(
  { address, socks5 }: SendingIp,
  { countBound }: CheckIpDeps,
): Promise<IpJudgement> {
  const count = await unlessAway(() => countBound(address));
  if (count === undefined) return { kind: 'unknown', reason: 'Redis is away' };
  if (count > 0) return { kind: 'passed' };
  const message = socks5
    ? `No dispatcher reaches its SOCKS5 server at ${socks5.host}:${socks5.port}. Start one that serves its pool, and look whether the server runs and lets it in.`
    : 'No dispatcher can send from it. Add it to a network interface of a host on which a dispatcher of its pool runs, or give the SOCKS5 server of the host where it is. A dispatcher with SMTP_ROUTE uses no addresses.';
  return { kind: 'failing', message };
}

/** While nobody can say, it is not warm yet: one that is active stays so. */
async function isWarmNow({ address, warmup }: SendingIp, { isWarm }: CheckIpDeps): Promise<boolean> {
  return warmup === 'skip' || ((await unlessAway(() => isWarm(address))) ?? false);
}

async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isFault(error, 'unavailable')) return undefined;
    throw error;
  }
}
