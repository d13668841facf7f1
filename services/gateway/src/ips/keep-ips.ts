import { randomUUID } from 'node:crypto';
import type { IpCreateRequest, IpUpdateRequest } from '@posthorn/contracts';
import type { CheckIp } from '@posthorn/domains/ips';
import { type Clock, Fault, isFault } from '@posthorn/runtime';
import type { Warmup } from '@posthorn/shaping/warmup';
import type { IpRepository, SendingIp } from '@posthorn/store';
import type { KeepPools } from '../pools/keep-pools.ts';
import { changeOfIp } from './change-of-ip.ts';
import { addressOf, ehloNameOf, socks5Of } from './ip-input.ts';

export type KeepIpsDeps = Readonly<{
  ips: Pick<IpRepository, 'find' | 'insert' | 'list' | 'update' | 'remove'>;
  pools: Pick<KeepPools, 'require' | 'defaultPool'>;
  warmup: Pick<Warmup, 'start' | 'skip' | 'forget' | 'isWarm'>;
  check: CheckIp;
  /** For development: takes addresses that nobody outside can reach. */
  allowsPrivate: boolean;
  clock: Clock;
}>;

/** What an operator does with sending addresses. */
export type KeepIps = Readonly<{
  /** Throws a 400 that names what cannot be used, `conflict` for an address that is there. */
  add: (request: IpCreateRequest) => Promise<SendingIp>;
  list: IpRepository['list'];
  /** Throws `not_found`, as all that follow. */
  find: (id: string) => Promise<SendingIp>;
  /** Throws `conflict` where it changed meanwhile, or cannot be resumed because it is not stopped. */
  change: (id: string, request: IpUpdateRequest) => Promise<SendingIp>;
  /** Looks at its conditions now. */
  check: (id: string) => Promise<SendingIp>;
  /** Mail that was tried from it goes on from others. */
  remove: (id: string) => Promise<void>;
}>;

/** How often a change is tried again when another one, such as a check, came between its read and its write. */
const triesMax = 4;

/** Makes it. */
export function createKeepIps(deps: KeepIpsDeps): KeepIps {
  const { ips, pools, warmup } = deps;
  const find: KeepIps['find'] = async (id) => found(await ips.find(id));

  return {
    find,
    list: (query) => ips.list(query),
    add: (request) => add(request, deps),
    check: async (id) => found(await deps.check(await find(id))),
    async change(id, request) {
      if (request.pool !== undefined) await pools.require(request.pool);
      for (let tries = 1; ; tries += 1) {
        const changed = await changeOnce(await find(id), request, deps);
        if (changed) return inPool(changed, deps);
        if (request.revision !== undefined || tries === triesMax) throw changedMeanwhile();
      }
    },
    async remove(id) {
      const { address } = await find(id);
      await ips.remove(id);
      await unlessAway(warmup.forget(address));
    },
  };
}

async function add(request: IpCreateRequest, deps: KeepIpsDeps): Promise<SendingIp> {
  const { ips, pools, warmup, allowsPrivate, clock } = deps;
  const address = addressOf(request.address, { allowsPrivate });
  const ehloName = ehloNameOf(request.ehloName);
  const socks5 = request.socks5 ? { socks5: socks5Of(request.socks5) } : {};
  const pool = request.pool ?? pools.defaultPool;
  await pools.require(pool);
  const nowMs = clock.nowMs();
  const ip: SendingIp = {
    ...{ id: randomUUID(), address, ehloName, pool, state: 'checking', stateReason: 'Not checked yet.' },
    ...{ ...socks5, warmup: request.warmup ?? 'plan', checks: {}, revision: 0 },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs, nextCheckAtMs: nowMs },
  };
  await ips.insert(ip);
  await unlessAway(ip.warmup === 'skip' ? warmup.skip(address) : warmup.forget(address));
  return inPool(ip, deps);
}

/** What Redis counts follows the address, and is no reason to refuse what is stored already. */
async function unlessAway(counted: Promise<void>): Promise<void> {
  try {
    await counted;
  } catch (error) {
    if (!isFault(error, 'unavailable')) throw error;
  }
}

/** Null where it was changed between read and write. Counters in Redis go first: they do no harm alone. */
async function changeOnce(
  ip: SendingIp,
  request: IpUpdateRequest,
  { ips, warmup, clock }: KeepIpsDeps,
): Promise<SendingIp | null> {
  if (request.revision !== undefined && request.revision !== ip.revision) return null;
  if (request.warmup === 'skip') await warmup.skip(ip.address);
  if (request.warmup === 'plan' && ip.warmup === 'skip') await warmup.start(ip.address);
  const plansWarmup = (request.warmup ?? ip.warmup) === 'plan';
  const isWarm = !plansWarmup || (request.action === 'resume' && (await warmup.isWarm(ip.address)));
  const change = changeOfIp(ip, request, { isWarm, nowMs: clock.nowMs() });
  return ips.update(ip.id, change, ip.revision);
}

/** A pool may be deleted at the moment in which an address comes into it: of the two at least one sees the other. */
async function inPool(ip: SendingIp, { ips, pools, clock }: KeepIpsDeps): Promise<SendingIp> {
  try {
    await pools.require(ip.pool);
    return ip;
  } catch (error) {
    const home = { pool: pools.defaultPool, updatedAtMs: clock.nowMs() };
    if (ip.revision === 0) await ips.remove(ip.id);
    else await ips.update(ip.id, home, ip.revision);
    throw error;
  }
}

function found(ip: SendingIp | null): SendingIp {
  if (ip) return ip;
  throw new Fault('not_found', 'There is no such IP.');
}

function changedMeanwhile(): Fault {
  return new Fault('conflict', 'The IP was changed at the same time. Read it again, then try again.');
}
