import type { Clock, Logger } from '@posthorn/runtime';
import { laneIdOf, laneKeysOf, type SiteLane } from '../lane.ts';
import { type Override, withoutAddresses } from '../override.ts';
import {
  defaultRecovery,
  type ReplyAction,
  type ReplyRule,
  type ShapingRules,
} from '../rules/shaping-rules.ts';
import { createScript, type ShapingRedis } from '../run-script.ts';
import { observeScript } from './observe-script.ts';

/** What a peer itself said about one delivery. Words of ours are never given: they would say of a site what it did not. */
export type SiteAnswer = Readonly<{
  kind: 'delivered' | 'deferred' | 'bounced';
  /** The whole reply. */
  text: string;
  status?: string;
  /** What the reply was taken for, and what that asks for. */
  class?: string;
  action?: 'retry' | 'retry-from-another-ip' | 'suspend' | 'bounce';
  /** How long a class that suspends says, where the peer itself did not, in milliseconds. */
  suspendMs?: number;
  /** How long the peer said to wait, in milliseconds; unbounded. */
  namedWaitMs?: number;
}>;

/** Bounds of a suspension that no rule of shaping has set, in milliseconds. */
const suspendMs = { least: 30_000, most: 4 * 3_600_000, byDefault: 5 * 60_000 };

type Verdict = Readonly<{ rule: string; action: ReplyAction; threshold?: ReplyRule['threshold'] }>;

/** Turns what peers say into overrides. `onOverride` is told of each that comes into force. */
export function createObserver({
  redis,
  rules,
  clock,
  log,
  onOverride,
}: {
  redis: ShapingRedis;
  rules: () => ShapingRules;
  clock: Clock;
  log: Logger;
  onOverride: (lane: SiteLane, override: Override) => void;
}) {
  const count = createScript(redis, observeScript);

  /** Resolves when it is counted; never rejects. */
  return async function observe(lane: SiteLane, answer: SiteAnswer): Promise<void> {
    if (answer.kind === 'delivered') return;
    const verdict = verdictOn(answer, rules().forSite(lane.site).replies);
    if (!verdict || verdict.action.kind === 'nothing') return;
    const { rule, action, threshold } = verdict;
    const override = overrideOf(rule, action, answer.text, clock.nowMs());
    const keys = laneKeysOf(laneIdOf(lane));
    const { sinceMs, endMs } = override;
    try {
      const inForce = await count(
        [keys.overrides, keys.matches(rule)],
        [sinceMs, rule, JSON.stringify(override), endMs, threshold?.count ?? 1, threshold?.withinMs ?? 1],
      );
      if (inForce === 1) onOverride(lane, override);
    } catch (err) {
      log.warn({ err, ...lane, rule }, 'an answer could not be counted');
    }
  };
}

/** The first rule that matches; without one, what the reply's class asks for. */
function verdictOn(answer: SiteAnswer, replies: readonly ReplyRule[]): Verdict | undefined {
  const found = replies.find((rule) => matches(rule, answer));
  if (found) {
    const { id, action, threshold } = found;
    return { rule: id, action, ...(threshold && { threshold }) };
  }
  if (answer.action !== 'suspend') return undefined;
  const wantedMs = answer.namedWaitMs ?? answer.suspendMs ?? suspendMs.byDefault;
  const { steps, overMs } = defaultRecovery;
  const forMs = Math.min(Math.max(wantedMs, suspendMs.least), suspendMs.most);
  return {
    rule: `replies.${answer.class ?? 'suspended'}`,
    action: { kind: 'suspend', forMs, recovery: { steps, overMs: Math.min(overMs, 2 * forMs) } },
  };
}

function matches({ classes, patterns }: ReplyRule, answer: SiteAnswer): boolean {
  if (classes && !classes.has(answer.class ?? '')) return false;
  return !patterns || patterns.some((isIn) => isIn(answer.text));
}

function overrideOf(
  rule: string,
  action: Exclude<ReplyAction, { kind: 'nothing' }>,
  text: string,
  nowMs: number,
): Override {
  const { overMs, steps } = action.recovery;
  const untilMs = nowMs + action.forMs;
  return {
    ...{ rule, kind: action.kind, reply: withoutAddresses(text), sinceMs: nowMs, untilMs },
    ...{ steps, stepMs: overMs / (steps + 1), endMs: untilMs + overMs },
    ...(action.kind === 'slow' && action.messageRate && { intervalMs: action.messageRate.intervalMs }),
    ...(action.kind === 'slow' && action.connections !== undefined && { connections: action.connections }),
  };
}
