import type { WarmupVerdict } from '@posthorn/contracts';
import type { ClosedDay, PlanState } from './warmup-state.ts';

type Counts = Readonly<{
  taken: number;
  accepted: number;
  deferred: number;
  blocked: number;
  complained: number;
}>;

/** A sending day that is over, and what followed from it. */
export type WarmupDay = Counts &
  Readonly<{
    /** UTC, `2026-05-01`. */
    date: string;
    /** Day of the plan, from 1. */
    planDay: number;
    limit: number;
    verdict: WarmupVerdict;
  }>;

/** How far one address is with one provider. */
export type ProviderWarmup = Readonly<{
  provider: string;
  state: 'warming' | 'warm';
  /** Day of the plan, from 1. */
  planDay: number;
  /** Most messages today; absent where the address is warm. */
  limit?: number;
  hourLimit?: number;
  today: Counts;
  thisHour: number;
  /** Sending days that are over, the newest first, at most 60. */
  history: readonly WarmupDay[];
  lastChange: Readonly<{ kind: WarmupVerdict; atMs: number; text: string }>;
}>;

export type WarmupView = Readonly<{
  ip: string;
  /** `skip`: nothing is limited, as the address is warm already. */
  mode: 'plan' | 'skip';
  plan: readonly number[];
  /** By name; those that the address had mail for. */
  providers: readonly ProviderWarmup[];
}>;

/** One provider's plan as people read it. `past` has the oldest day first. */
export function providerWarmupOf(
  provider: string,
  state: PlanState,
  past: readonly ClosedDay[],
): ProviderWarmup {
  const { planDay, isWarm, limit, hourLimit, hourTaken: thisHour, change } = state;
  const { taken, accepted, deferred, blocked, complained } = state;
  const history = [...past, ...(state.closed ? [state.closed] : [])].reverse().slice(0, 60).map(dayOf);
  return {
    ...{ provider, planDay, thisHour, history },
    state: isWarm ? 'warm' : 'warming',
    ...(!isWarm && { limit, hourLimit }),
    today: { taken, accepted, deferred, blocked, complained },
    lastChange: { kind: change.kind, atMs: change.atMs, text: textOf(change) },
  };
}

function dayOf({ day, ...rest }: ClosedDay): WarmupDay {
  return { date: dateOf(day), ...rest };
}

function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function textOf({ kind, ...change }: PlanState['change']): string {
  const { fromDay, toDay, accepted, answered, blocked, complained, limit } = change;
  const on = dateOf(change.day);
  const texts: Record<WarmupVerdict, string> = {
    started: `Warm-up began at day ${toDay} of the plan.`,
    advanced: `Day ${fromDay} → ${toDay}: ${accepted} of ${answered} answers on ${on} were acceptances.`,
    warm: `Warm: the last day of the plan is over, ${accepted} of ${answered} answers on ${on} were acceptances.`,
    'held-acceptance': `Held at day ${toDay}: only ${accepted} of ${answered} answers on ${on} were acceptances; 90 % are needed.`,
    'held-complaints': `Held at day ${toDay}: ${complained} complaints for ${accepted} accepted messages on ${on}; 0.1 % is the limit.`,
    'held-little-mail': `Held at day ${toDay}: ${accepted} messages on ${on}, less than half of the day's limit of ${limit}, prove nothing for more.`,
    'stepped-back': `Day ${fromDay} → ${toDay}: ${blocked} of ${answered} answers on ${on} were blocks.`,
    idle: `Day ${fromDay} → ${toDay}: no mail for more than a week after ${on}; a day back for each week.`,
    restarted: `Started again at day 1: no mail for 30 days after ${on}, so receivers have forgotten the address.`,
  };
  return texts[kind];
}
