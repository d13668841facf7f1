import type { Clock } from '@posthorn/runtime';
import { z } from 'zod';
import { createScript } from '../run-script.ts';
import { defaultWarmupPlan } from './plan.ts';
import { reach, type WarmupRedis, warmupPlans } from './warmup-redis.ts';
import { warmupScript } from './warmup-script.ts';
import { ClosedDay, PlanState, TakeAnswer, WarmupStart } from './warmup-state.ts';
import { type ProviderWarmup, providerWarmupOf, type WarmupView } from './warmup-view.ts';

/** Which plan: that of an address with a provider, a name of the shaping rules or `other`. */
export type WarmupLane = Readonly<{ ip: string; provider: string }>;

/** One message may leave. `hour` says when it was taken; given back with it, it is counted off the right day. */
export type WarmupGo = Readonly<{ kind: 'go'; hour?: number }>;

/** Nothing more may leave to this provider from this address until then; `text` says why, for people. */
export type WarmupFull = Readonly<{ kind: 'full'; untilMs: number; text: string }>;

/**
 * A peer's answer to a message that was taken for. `blocked`: of a class that blames the address (its reputation, a
 * blocklist). Greylisting is no answer about the address and is not recorded; nor is a mailbox that does not exist.
 */
export type WarmupResult = 'accepted' | 'deferred' | 'blocked' | 'complained';

/**
 * How fast a new address may grow, for each provider on its own (facts: mechanics, B2).
 *
 * Methods that answer reject with an `unavailable` Fault where Redis is away. Disposing waits for what is being counted.
 */
export type Warmup = AsyncDisposable &
  Readonly<{
    /** Counts one message against today's limit, or says until when there is none left. Closes a day that is over first. */
    take: (on: WarmupLane) => Promise<WarmupGo | WarmupFull>;
    /** Counts a message off again that was not sent. Nobody waits for it; lost while Redis is away. */
    giveBack: (on: WarmupLane & { hour?: number }) => void;
    /** Counts an answer of the peer. Nobody waits for it; lost while Redis is away. */
    record: (on: WarmupLane, result: WarmupResult) => void;
    read: (ip: string) => Promise<WarmupView>;
    /**
     * Starts all plans of the address again, at a day of the plan (from 1) or its first. Its history stays. A process
     * that found it warm goes by it within a minute.
     */
    start: (ip: string, how?: { startAtDay?: number }) => Promise<void>;
    /** Lifts all limits of an address that is warm already. */
    skip: (ip: string) => Promise<void>;
    /** Forgets an address that is removed, and its history. */
    forget: (ip: string) => Promise<void>;
    /** Whether the plan is over for each of `providers`; unless given, for each that it had mail for, at least one. */
    isWarm: (ip: string, providers?: readonly string[]) => Promise<boolean>;
  }>;

/** How long this process believes that an address is warm without asking again. */
const warmMs = 60_000;

/** Makes the warm-up of all addresses, counted in Redis over all dispatchers. Set-up does no I/O. */
export function createWarmup({
  redis,
  plan = defaultWarmupPlan,
  clock,
}: {
  redis: WarmupRedis;
  /** Most messages of each sending day, at least one day. */
  plan?: readonly number[];
  clock: Clock;
}): Warmup {
  const run = createScript(redis, warmupScript, warmupPlans);
  const planJson = JSON.stringify(plan);
  const warmUntil = new Map<string, number>();
  const counting = new Set<Promise<unknown>>();

  const call = (op: string, { ip, provider }: WarmupLane, ...more: (string | number)[]) =>
    run(keysOf(ip), [op, provider, clock.nowMs(), planJson, ...more]);

  const isKnownWarm = ({ ip, provider }: WarmupLane) =>
    (warmUntil.get(`${ip} ${provider}`) ?? 0) > clock.monotonicMs();

  function count(reply: Promise<unknown>): void {
    const counted = reply.catch(() => undefined).finally(() => counting.delete(counted));
    counting.add(counted);
  }

  async function take(on: WarmupLane): Promise<WarmupGo | WarmupFull> {
    if (isKnownWarm(on)) return { kind: 'go' };
    const answer = TakeAnswer.parse(parse(await call('take', on)));
    if (answer.kind === 'full') return fullOf(on, answer, plan.length);
    if (answer.kind === 'go') return answer;
    warmUntil.set(`${on.ip} ${on.provider}`, clock.monotonicMs() + warmMs);
    return { kind: 'go' };
  }

  async function read(ip: string): Promise<WarmupView> {
    const [stateKey, historyKey] = keysOf(ip);
    const [states, pasts] = await reach(Promise.all([redis.hgetall(stateKey), redis.hgetall(historyKey)]));
    const names = Object.keys(states)
      .filter((name) => name !== '*')
      .sort();
    const providers = await Promise.all(
      names.map(async (provider): Promise<ProviderWarmup[]> => {
        const state = PlanState.nullable().parse(parse(await call('peek', { ip, provider })));
        const past = z.array(ClosedDay).parse(parse(pasts[provider] ?? '[]'));
        return state ? [providerWarmupOf(provider, state, past)] : [];
      }),
    );
    const { skip = false } = WarmupStart.parse(parse(states['*'] ?? '{}'));
    return { ip, mode: skip ? 'skip' : 'plan', plan, providers: providers.flat() };
  }

  async function begin(ip: string, how: z.infer<typeof WarmupStart>): Promise<void> {
    await call('begin', { ip, provider: '*' }, JSON.stringify(how));
    for (const known of warmUntil.keys()) if (known.startsWith(`${ip} `)) warmUntil.delete(known);
  }

  return {
    take,
    read,
    giveBack: ({ hour = Math.floor(clock.nowMs() / 3_600_000), ...on }) => {
      if (!isKnownWarm(on)) count(call('giveBack', on, hour));
    },
    record: (on, result) => {
      if (!isKnownWarm(on)) count(call('record', on, result));
    },
    start: (ip, { startAtDay = 1 } = {}) => begin(ip, { startStage: startAtDay - 1 }),
    skip: (ip) => begin(ip, { skip: true }),
    forget: async (ip) => {
      await reach(redis.del(...keysOf(ip)));
    },
    isWarm: async (ip, known) => {
      const { mode, providers } = await read(ip);
      if (mode === 'skip') return true;
      const warm = providers.flatMap(({ provider, state }) => (state === 'warm' ? [provider] : []));
      const seen = known ?? providers.map(({ provider }) => provider);
      return seen.length > 0 && seen.every((name) => warm.includes(name));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(counting);
    },
  };
}

function keysOf(ip: string): [string, string] {
  return [`ph:warmup:{${ip}}`, `ph:warmup:{${ip}}:history`];
}

function fullOf(
  { ip, provider }: WarmupLane,
  { untilMs, planDay, limit, hourLimit, isDayFull }: Extract<z.infer<typeof TakeAnswer>, { kind: 'full' }>,
  days: number,
): WarmupFull {
  const spent = isDayFull ? `today's ${limit} messages` : `this hour's ${hourLimit} of ${limit} messages`;
  const until = new Date(untilMs).toISOString();
  return {
    kind: 'full',
    untilMs,
    text: `Warm-up of ${ip} at ${provider}, day ${planDay} of ${days}: ${spent} are out; more from ${until}.`,
  };
}

/** What the script answers is JSON text. */
function parse(text: unknown): unknown {
  return JSON.parse(z.string().parse(text));
}
