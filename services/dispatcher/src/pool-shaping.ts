import { isIP } from 'node:net';
import type { ReplyClassifier } from '@posthorn/mail';
import { type Clock, isFault } from '@posthorn/runtime';
import { providerOf, type Shaper, type ShapingRules } from '@posthorn/shaping';
import type { Warmup } from '@posthorn/shaping/warmup';
import type { Outcome } from './outcome.ts';
import { answersOf, warmupResultOf } from './peer-answers.ts';
import type { Route } from './router.ts';
import type { Go, Permit, PermitRequest, Shaping, Wait } from './shaping.ts';
import type { Untried } from './smtp-pool.ts';
import type { Bindings } from './sources/bindings.ts';
import { type Choice, chooseSources } from './sources/choose-sources.ts';
import type { NoSource } from './sources/no-source.ts';
import { hasPlan, type Source } from './sources/source.ts';

export type PoolShapingDeps = Readonly<{
  /** Addresses of the pool; undefined while they are not known. */
  sources: () => readonly Source[] | undefined;
  bindings: Pick<Bindings, 'canSendFrom' | 'isElsewhere' | 'lost'>;
  noSource: NoSource;
  shaper: Shaper;
  warmup: Pick<Warmup, 'take' | 'giveBack' | 'record'>;
  rules: () => ShapingRules;
  /** Judges replies by an operator's rules as well as ours. */
  classify?: ReplyClassifier | undefined;
  /** A pool without any address sends from the system's: for development and tests. */
  allowSystemAddress: boolean;
  /** Connections of this process at most. */
  concurrency: number;
  clock: Clock;
  /** From 0 up to but not 1. */
  random: () => number;
}>;

/** For how long after it is due a retry waits for the address of the attempt before. */
const sameSourceMs = 10 * 60_000;

/** A leave that was not used for so long is asked for anew, or what comes late would come too close to what follows. */
const leaveMs = 50;

/** Messages that may wait for each connection, so that none rests, and how much of all there may be they take up at most. */
const waitersEach = 2;
const waitersShare = 0.2;

/** What mail without a source of its own is counted under. */
const systemIp = 'system';

/**
 * Sends from the addresses of one pool, each no faster than its warm-up and the site allow. Every answer of Redis that is
 * missing means waiting, never sending.
 */
export function createPoolShaping(deps: PoolShapingDeps): Shaping {
  return {
    async permit(request) {
      try {
        return await permitFor(request, deps);
      } catch (error) {
        if (!isFault(error, 'unavailable')) throw error;
        return unknownLimits(deps.clock);
      }
    },
  };
}

async function permitFor(request: PermitRequest, deps: PoolShapingDeps): Promise<Permit> {
  const choice = await choose(request, deps);
  const { clock, random, noSource } = deps;
  if (choice.kind === 'found') return await permitFrom(choice.sources, request, deps);
  if (choice.kind === 'elsewhere') {
    const text = `The retry waits for ${choice.address}, which only another dispatcher can send from now.`;
    const delayMs = 500 + 1_000 * random();
    return wait(clock, { rule: 'pool.same-ip', text, delayMs, ip: choice.address });
  }
  if (choice.reason === 'empty' && deps.allowSystemAddress) {
    return await leaveFor({ source: undefined, ip: systemIp, giveBack: () => undefined }, request, deps);
  }
  return noSource.waitFor(choice.reason, request.taken.firstPostedAtMs);
}

async function choose({ taken, tries, route }: PermitRequest, deps: PoolShapingDeps): Promise<Choice> {
  const { bindings, clock } = deps;
  const sources = deps.sources();
  const last = tries.map((delivery) => delivery.last).find((known) => known !== undefined);
  return chooseSources({
    sources,
    canSendFrom: (address) => bindings.canSendFrom(address),
    isElsewhere: (address) => bindings.isElsewhere(address),
    families: await familiesOf(route, sources ?? []),
    statusId: taken.item.statusId,
    last: last && { address: last.ip, isBlocked: last.isBlocked },
    mayWaitForLast: last !== undefined && clock.nowMs() < last.dueAtMs + sameSourceMs,
  });
}

const bothFamilies: ReadonlySet<number> = new Set([4, 6]);

/** Which families the site's preferred hosts have addresses of; looked up only where there is a choice. */
async function familiesOf({ hosts, guide }: Route, sources: readonly Source[]): Promise<ReadonlySet<number>> {
  const isChoice = new Set(sources.map(({ address }) => isIP(address))).size > 1;
  if (!guide || !isChoice) return bothFamilies;
  const preferred = hosts.filter(({ preference }) => preference === hosts[0]?.preference);
  const located = await Promise.all(preferred.map(({ host }) => guide.locate(host)));
  const addresses = located.flatMap((place) => (place.kind === 'found' ? place.addresses : []));
  return addresses.length > 0 ? new Set(addresses.map((address) => isIP(address))) : bothFamilies;
}

/** A source with room in its plan for today. */
type Taken = Readonly<{ source: Source | undefined; ip: string; giveBack: () => void }>;

/** The first source whose warm-up has room, and its leave. */
async function permitFrom(
  sources: readonly Source[],
  request: PermitRequest,
  deps: PoolShapingDeps,
): Promise<Permit> {
  const provider = providerOf(request.route.site, deps.rules());
  let soonest: Wait | undefined;
  for (const source of sources) {
    const { address: ip } = source;
    if (!hasPlan(source)) return await leaveFor({ source, ip, giveBack: () => undefined }, request, deps);
    const taken = await deps.warmup.take({ ip, provider });
    if (taken.kind === 'go') {
      const { hour } = taken;
      const giveBack = () => deps.warmup.giveBack({ ip, provider, ...(hour !== undefined && { hour }) });
      return await leaveFor({ source, ip, giveBack }, request, deps);
    }
    const { untilMs, text } = taken;
    if (!soonest || untilMs < soonest.untilMs) soonest = warmupWait(deps, { ip, provider, untilMs, text });
  }
  return soonest ?? deps.noSource.waitFor('unused', request.taken.firstPostedAtMs);
}

/** Mail over the day's limit looks again now and then: the plan may be lifted, another address may get room. */
const warmupLookMs = 5 * 60_000;

function warmupWait(
  { clock, random }: PoolShapingDeps,
  { ip, provider, untilMs, text }: { ip: string; provider: string; untilMs: number; text: string },
): Wait {
  const delayMs = Math.min(
    untilMs - clock.nowMs() + 60_000 * random(),
    warmupLookMs * (0.8 + 0.2 * random()),
  );
  return { kind: 'wait', delayMs: Math.max(1_000, delayMs), rule: `warmup.${provider}`, text, untilMs, ip };
}

async function leaveFor(taken: Taken, { route }: PermitRequest, deps: PoolShapingDeps): Promise<Permit> {
  const { shaper, clock } = deps;
  const { source, ip, giveBack } = taken;
  const on = { ip, site: route.site };
  const leave = await shaper.ask(on).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  if (leave.kind === 'wait') {
    giveBack();
    return { ...leave, ip };
  }
  let askedAtMs = clock.monotonicMs();
  let late: Wait | undefined;

  const go: Go = {
    kind: 'go',
    source,
    connectionsMax: Math.min(leave.connectionsMax, deps.concurrency),
    messagesMax: leave.messagesPerConnection,
    connect: () => shaper.connect(on),
    waitersMax: Math.min(waitersEach * leave.connectionsMax, Math.ceil(waitersShare * deps.concurrency)),
    async confirm() {
      if (clock.monotonicMs() - askedAtMs <= leaveMs) return true;
      shaper.giveBack(on);
      const again = await shaper.ask(on).catch(() => undefined);
      askedAtMs = clock.monotonicMs();
      if (again?.kind === 'go') return true;
      late = again ? { ...again, ip } : unknownLimits(clock);
      return false;
    },
    sent: (outcomes, isSpoken) => finish(outcomes, isSpoken, taken, on, deps),
    untried(why) {
      giveBack();
      if (why.kind === 'late') return late ?? unknownLimits(clock);
      shaper.giveBack(on);
      if (why.kind === 'crowded') return crowded(why, on, deps);
      deps.bindings.lost(ip);
      return 'again';
    },
  };
  return go;
}

function unknownLimits(clock: Clock): Wait {
  const text = 'The limits of the receivers cannot be looked up.';
  return wait(clock, { rule: 'shaping.unavailable', text, delayMs: 1_000 });
}

function crowded(
  { delayMs }: Extract<Untried, { kind: 'crowded' }>,
  { ip, site }: { ip: string; site: string },
  { rules, clock }: PoolShapingDeps,
): Wait {
  const { block } = rules().forSite(site);
  const text = `${site} gets only so many connections from one address, and all of them are in use.`;
  return wait(clock, { rule: `${block}.connections`, text, delayMs, ip });
}

function finish(
  outcomes: Iterable<Outcome>,
  isSpoken: boolean,
  { source, giveBack }: Taken,
  on: { ip: string; site: string },
  { shaper, warmup, rules, classify }: PoolShapingDeps,
): void {
  const answers = answersOf(outcomes, classify);
  if (!isSpoken && answers.length === 0) {
    giveBack();
    shaper.giveBack(on);
    return;
  }
  for (const answer of answers) shaper.observe(on, answer);
  if (!source || !hasPlan(source)) return;
  const result = warmupResultOf(answers);
  if (result) warmup.record({ ip: on.ip, provider: providerOf(on.site, rules()) }, result);
}

function wait(
  clock: Clock,
  { delayMs, ...reason }: Readonly<{ rule: string; text: string; delayMs: number; ip?: string }>,
): Wait {
  return { kind: 'wait', delayMs, untilMs: Math.round(clock.nowMs() + delayMs), ...reason };
}
