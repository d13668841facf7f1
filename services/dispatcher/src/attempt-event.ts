import type { DispatchItem, Event } from '@posthorn/contracts';
import { eventIdOf, nextRetry, type ReplyClassifier, type RetrySchedule } from '@posthorn/mail';
import type { AttemptEvent } from './delivery-mark.ts';
import { type Outcome, rejudged } from './outcome.ts';
import { domainOf } from './site-attempts.ts';

/** One try at one delivery. */
export type Attempt = Readonly<{
  item: DispatchItem;
  deliveryId: string;
  recipient: string;
  /** From 1. */
  attempt: number;
  firstPostedAtMs: number;
  atMs: number;
  /** Host that was spoken to, if any. */
  mx?: string | undefined;
  /** Earlier attempts of which nobody knows whether they arrived. */
  ambiguousCount: number;
}>;

export type RetryRules = Readonly<{
  schedule: RetrySchedule;
  /** Exceptions, by the recipient's domain in lower case. */
  domainSchedules?: ReadonlyMap<string, RetrySchedule>;
  /** Judges replies by an operator's rules as well as ours; without it ours alone count. */
  classify?: ReplyClassifier;
  /** Undecided attempts after which a delivery is held although its account says retry (row F25). */
  ambiguousMax: number;
  /** From 0 up to but not 1. */
  random: () => number;
}>;

export type ReportedOutcome = Exclude<Outcome, { kind: 'withheld' }>;

/** Reports how an attempt ended and decides what becomes of the delivery: only a DEFERRED one is tried again. */
export function attemptEventOf(reported: ReportedOutcome, attempt: Attempt, rules: RetryRules): AttemptEvent {
  const outcome = rules.classify ? rejudged(reported, rules.classify) : reported;
  switch (outcome.kind) {
    case 'delivered':
      return { ...common('DELIVERED', outcome, attempt), type: 'DELIVERED' };
    case 'bounced': {
      const { category, hard } = outcome;
      return { ...common('BOUNCE', outcome, attempt), type: 'BOUNCE', category, hard };
    }
    case 'deferred':
      return (
        deferral(outcome, attempt, rules, outcome.category) ?? {
          ...common('BOUNCE', outcome, attempt),
          type: 'BOUNCE',
          category: 'TIMEOUT',
          hard: false,
        }
      );
    case 'ambiguous': {
      const isHeld = attempt.item.onAmbiguous === 'hold' || attempt.ambiguousCount >= rules.ambiguousMax;
      const retry = isHeld ? undefined : deferral(outcome, attempt, rules, undefined);
      return retry ?? { ...common('UNKNOWN', outcome, attempt), type: 'UNKNOWN' };
    }
  }
}

/** The fact that delivery began. Its id leaves the attempt out, so it is recorded once, whatever attempt reports it. */
export function processedEventOf(item: DispatchItem, { deliveryId, recipient, atMs }: AttemptEvent): Event {
  return { ...identity('PROCESSED', item, [deliveryId]), type: 'PROCESSED', recipient, deliveryId, atMs };
}

/** Undefined when the delivery has run out of time. */
function deferral(
  outcome: ReportedOutcome,
  attempt: Attempt,
  { schedule, domainSchedules, random }: RetryRules,
  category: Extract<Outcome, { kind: 'deferred' }>['category'] | undefined,
): AttemptEvent | undefined {
  const next = nextRetry({
    attempt: attempt.attempt,
    firstAttemptAtMs: attempt.firstPostedAtMs,
    nowMs: attempt.atMs,
    expiresAtMs: attempt.item.expiresAtMs,
    schedule: domainSchedules?.get(domainOf(attempt.recipient)) ?? schedule,
    ...(outcome.kind === 'deferred' && { namedWaitMs: outcome.namedWaitMs, atLeastMs: outcome.suspendMs }),
    random,
  });
  if (next.kind === 'expired') return undefined;
  return {
    ...common('DEFERRED', outcome, attempt),
    type: 'DEFERRED',
    nextAttemptAtMs: attempt.atMs + next.delayMs,
    ...(category && { category }),
  };
}

function common(type: AttemptEvent['type'], outcome: ReportedOutcome, made: Attempt) {
  const { response, status } = outcome;
  const name = 'class' in outcome ? outcome.class : undefined;
  const { item, deliveryId, recipient, attempt, atMs, mx, ambiguousCount } = made;
  return {
    ...identity(type, item, [deliveryId, attempt, ambiguousCount]),
    atMs,
    recipient,
    deliveryId,
    attempt,
    response,
    ...(status !== undefined && { status }),
    ...(name !== undefined && { class: name }),
    ...(mx !== undefined && { mx }),
  };
}

function identity(type: Event['type'], item: DispatchItem, parts: readonly (string | number)[]) {
  const { accountId, statusId, emailId, trace } = item;
  const id = eventIdOf(statusId, type, ...parts);
  return { id, accountId, statusId, emailId, ...(trace !== undefined && { trace }) };
}
