import type { DispatchItem } from '@posthorn/contracts';
import { isReplyClass, replyClasses } from '@posthorn/mail';
import type { Taken } from '@posthorn/queue';
import { attemptEventOf, type RetryRules } from './attempt-event.ts';
import type { AttemptEvent, DeliveryMark } from './delivery-mark.ts';

/** A recipient that is to be tried now. */
export type DeliveryTry = Readonly<{
  deliveryId: string;
  address: string;
  /** Earlier attempts of which nobody knows whether they arrived. */
  ambiguousCount: number;
  /** The attempt before, where it left from an address of a pool. */
  last?: LastAttempt | undefined;
}>;

export type LastAttempt = Readonly<{
  ip: string;
  /** The receiver objects to that very address. */
  isBlocked: boolean;
  /** When this attempt was due, Unix time in milliseconds. */
  dueAtMs: number;
}>;

export type DeliveryPlan = Readonly<{
  tries: readonly DeliveryTry[];
  /** What is decided or waits for its time already. `isReported` false: an earlier run may not have come to report it. */
  ended: readonly Readonly<{ event: AttemptEvent; isReported: boolean }>[];
}>;

/** A clock that was set back a little must not send an item round once more. */
const earlyMs = 1_000;

const unanswered = {
  kind: 'ambiguous',
  status: '4.4.2',
  response: 'stopped before the reply was recorded',
} as const;

/**
 * Says what is left to do for an item after earlier runs and attempts.
 *
 * A delivery found `committing` is one whose process ended between the final dot and the record of its reply, so it may
 * have arrived. It is sent again at once or held, as the account says (`onAmbiguous`), and held in any case after
 * `ambiguousMax` such ends.
 */
export function planDeliveries(
  taken: Taken<DispatchItem>,
  marks: ReadonlyMap<string, DeliveryMark>,
  { rules, atMs }: { rules: RetryRules; atMs: number },
): DeliveryPlan {
  const tries: DeliveryTry[] = [];
  const ended: { event: AttemptEvent; isReported: boolean }[] = [];

  for (const { deliveryId, address } of taken.item.recipients) {
    const mark = marks.get(deliveryId);
    const event = mark && endOf(mark, { taken, deliveryId, address, atMs }, rules);
    if (event) ended.push({ event, isReported: event.attempt < taken.attempt });
    else tries.push({ deliveryId, address, ambiguousCount: earlierAmbiguous(mark), last: lastOf(mark) });
  }
  return { tries, ended };
}

function lastOf(mark: DeliveryMark | undefined): LastAttempt | undefined {
  if (mark?.state !== 'ended' || mark.event.type !== 'DEFERRED') return undefined;
  const { ip, class: name = '', nextAttemptAtMs: dueAtMs } = mark.event;
  const isBlocked = isReplyClass(name) && replyClasses[name].delayed === 'retry-from-another-ip';
  return ip === undefined ? undefined : { ip, isBlocked, dueAtMs };
}

function earlierAmbiguous(mark: DeliveryMark | undefined): number {
  if (!mark) return 0;
  return mark.state === 'committing' ? mark.ambiguousCount + 1 : mark.ambiguousCount;
}

/** Undefined when the delivery is to be tried now. */
function endOf(
  mark: DeliveryMark,
  made: { taken: Taken<DispatchItem>; deliveryId: string; address: string; atMs: number },
  rules: RetryRules,
): AttemptEvent | undefined {
  if (mark.state === 'ended') {
    const isDue = mark.event.type === 'DEFERRED' && mark.event.nextAttemptAtMs <= made.atMs + earlyMs;
    return isDue ? undefined : mark.event;
  }
  const { taken, deliveryId, address: recipient, atMs } = made;
  const { item, attempt, firstPostedAtMs } = taken;
  const { ambiguousCount } = mark;
  const event = attemptEventOf(
    unanswered,
    { item, deliveryId, recipient, attempt, firstPostedAtMs, atMs, ambiguousCount },
    rules,
  );
  return event.type === 'DEFERRED' ? undefined : event;
}
