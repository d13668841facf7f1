import type { DispatchItem, Event } from '@posthorn/contracts';
import {
  type BagContext,
  type BagHandler,
  done,
  retryAfter,
  type Taken,
  type Verdict,
  waitFor,
} from '@posthorn/queue';
import type { Clock, Logger } from '@posthorn/runtime';
import type { WaitingBoard } from '@posthorn/shaping';
import { type Attempt, attemptEventOf, processedEventOf, type RetryRules } from '../attempt-event.ts';
import type { AttemptEvent, DeliveryMark, DeliveryMarks } from '../delivery-mark.ts';
import { planDeliveries } from '../delivery-plan.ts';
import { endExpired } from '../expired-wait.ts';
import type { Recorder } from '../recorder.ts';
import { createSiteAttempts, domainOf, type SiteAttemptsDeps, type TryResult } from '../site-attempts.ts';
import type { Slots } from '../slots.ts';

export type DeliverDeps = SiteAttemptsDeps &
  Readonly<{
    marks: DeliveryMarks;
    events: { postAll(items: readonly Event[]): Promise<void> };
    recorder: Recorder;
    /** Deliveries in flight at once in this process, over all bags of all pools. */
    slots: Slots;
    pool: string;
    /** Where whoever asks learns why a message waits; nobody can where mail goes all one way. */
    waiting?: Pick<WaitingBoard, 'note'> | undefined;
    rules: RetryRules;
    clock: Clock;
    log: Logger;
  }>;

/**
 * Delivers the renditions of one bag and reports what the remote servers said.
 *
 * For each item: the marks of earlier runs decide who is still to be tried; the attempt; its outcome is marked, then
 * reported as events, then settled. A crash in between is caught up from the mark by the next run, which reports the same
 * events (their ids derive from what happened) and settles. Only a crash between the final dot and the mark of its
 * reply is undecided: SMTP has no two-phase commit, and a duplicate is better than a loss (RFC 1047), unless the account
 * would rather hold the message (`onAmbiguous`).
 *
 * Items it withheld (the service stops, the lease or the mark failed) get no verdict: they go round again.
 */
export function createDeliver(deps: DeliverDeps): BagHandler<DispatchItem> {
  const { marks, slots, recorder } = deps;
  const deliverItem = createDeliverItem(deps);

  return async function deliver(items, ctx) {
    const deliveryIds = items.flatMap(({ item }) => item.recipients.map(({ deliveryId }) => deliveryId));
    const known = await marks.read(deliveryIds);
    const needless: string[] = [];
    const work = items.map((taken) =>
      slots.run(async () => {
        await recorder.whenClear();
        if (!ctx.signal.aborted) needless.push(...(await deliverItem(taken, known, ctx)));
      }, deps.pool),
    );
    // The bag must stay ours until its last conversation is over, also when one of them threw.
    const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
    // Nobody waits for it: what is left behind runs out by itself.
    if (needless.length > 0) marks.clear(needless).catch(() => undefined);
    if (failed) throw failed.reason;
  };
}

/** Resolves with the deliveries whose marks are of no more use. */
type DeliverItem = (
  taken: Taken<DispatchItem>,
  known: ReadonlyMap<string, DeliveryMark>,
  ctx: BagContext,
) => Promise<readonly string[]>;

function createDeliverItem(deps: DeliverDeps): DeliverItem {
  const { marks, events, recorder, rules, clock, log, onPhase } = deps;
  const tryDeliveries = createSiteAttempts(deps);

  return async (taken, known, ctx) => {
    const plan = planDeliveries(taken, known, { rules, atMs: clock.nowMs() });
    const tried = plan.tries.length === 0 ? [] : await tryDeliveries(taken, plan.tries, ctx);
    const results = tried.map((result) =>
      endExpired(result, taken, { schedule: rules, nowMs: clock.nowMs() }),
    );
    const attempts = results.flatMap((result) => endedAttempt(result, taken, deps));
    const unreported = plan.ended.filter(({ isReported }) => !isReported).map(({ event }) => event);

    await recorder.record(() => markEnds(taken.item, attempts, results, marks));
    // What we send for ourselves is nobody's event.
    const reports = taken.item.purpose ? [] : [...attempts.map(withConversation), ...unreported];
    await recorder.record(() =>
      events.postAll(reports.flatMap((event) => [processedEventOf(taken.item, event), event])),
    );
    for (const { event, result } of attempts) logAttempt(log, event, result);
    if (deps.waiting) noteWaits(deps.waiting, taken.item.statusId, results, attempts);
    await onPhase?.('before_settle');

    if (results.some(isWithheld)) return [];
    const ends = [...plan.ended, ...attempts].map(({ event }) => event);
    const isTried = attempts.length + unreported.length > 0;
    const verdict = verdictOf(ends, results, { isTried, nowMs: clock.nowMs() });
    await recorder.record(
      () => ctx.settle(taken.id, verdict),
      () => !ctx.isLeaseFresh(),
    );
    return verdict.kind === 'done' ? markedOf(taken.item, known, results) : [];
  };
}

/** As an event may have it. */
const siteLengthMax = 300;

type Attempted = Extract<TryResult, { kind: 'attempted' }>;
type EndedAttempt = Readonly<{
  result: Attempted;
  event: AttemptEvent;
  ambiguousCount: number;
}>;

/** The report of an attempt. Its mark has no conversation: a crash in between may lose one, and marks may lie for days. */
function withConversation({ event, result: { conversation } }: EndedAttempt): AttemptEvent {
  return conversation ? { ...event, conversation } : event;
}

function isWithheld(result: TryResult): boolean {
  return result.kind === 'attempted' && result.outcome.kind === 'withheld';
}

function endedAttempt(
  result: TryResult,
  { item, attempt, firstPostedAtMs }: Taken<DispatchItem>,
  { clock, rules }: DeliverDeps,
): EndedAttempt[] {
  if (result.kind !== 'attempted' || result.outcome.kind === 'withheld') return [];
  const { deliveryId, address: recipient, mx, tls, ip, site, ambiguousCount, outcome } = result;
  const atMs = clock.nowMs();
  const made: Attempt = {
    ...{ item, attempt, firstPostedAtMs, atMs },
    ...{ deliveryId, recipient, mx, ambiguousCount },
  };
  return [
    {
      result,
      event: {
        ...attemptEventOf(outcome, made, rules),
        ...(tls && { tls }),
        ...(ip !== undefined && { ip }),
        ...(site !== '' && { site: site.slice(0, siteLengthMax) }),
      },
      ambiguousCount: ambiguousCount + (outcome.kind === 'ambiguous' ? 1 : 0),
    },
  ];
}

/**
 * Writes what a later run must know: of every delivery that has a `committing` mark, of each one of an item that has
 * several, since those that are decided must not be tried again with the others, and of each that is to leave from the
 * same address again (row F19). An attempt stopped before its dot loses its mark, unless the bag was lost: then the marks
 * are the new owner's.
 */
async function markEnds(
  item: DispatchItem,
  attempts: readonly EndedAttempt[],
  results: readonly TryResult[],
  marks: DeliveryMarks,
): Promise<void> {
  const writes = attempts
    .filter(
      ({ result, event }) =>
        result.isMarked ||
        item.recipients.length > 1 ||
        (event.type === 'DEFERRED' && event.ip !== undefined),
    )
    .map(({ event, ambiguousCount }) =>
      marks.write(event.deliveryId, { state: 'ended', ambiguousCount, event }, item.expiresAtMs),
    );
  const moot = results.filter(
    (result) =>
      result.kind === 'attempted' &&
      result.isMarked &&
      result.outcome.kind === 'withheld' &&
      result.outcome.reason !== 'lease-lost',
  );
  if (moot.length > 0) writes.push(marks.clear(moot.map(({ deliveryId }) => deliveryId)));
  await Promise.all(writes);
}

function markedOf(
  { recipients }: DispatchItem,
  known: ReadonlyMap<string, DeliveryMark>,
  results: readonly TryResult[],
): string[] {
  const isMarked = (id: string) =>
    recipients.length > 1 ||
    known.has(id) ||
    results.some((result) => result.deliveryId === id && result.kind === 'attempted' && result.isMarked);
  return recipients.map(({ deliveryId }) => deliveryId).filter(isMarked);
}

/** `isTried`: this attempt was made, now or in an earlier run, so that what comes back is the next one. */
function verdictOf(
  ends: readonly AttemptEvent[],
  results: readonly TryResult[],
  { isTried, nowMs }: { isTried: boolean; nowMs: number },
): Verdict {
  const waits = [
    ...ends.flatMap((event) =>
      event.type === 'DEFERRED' ? [{ delayMs: event.nextAttemptAtMs - nowMs, rule: 'deferred' }] : [],
    ),
    ...results.flatMap((result) => (result.kind === 'wait' ? [result] : [])),
  ];
  const [first] = waits.sort((a, b) => a.delayMs - b.delayMs);
  if (!first) return done;
  const delayMs = Math.max(0, Math.round(first.delayMs));
  return isTried ? retryAfter(delayMs, first.rule) : waitFor(delayMs, first.rule);
}

/** Tells, for whoever asks, what each delivery waits for; nobody waits for that to be written. */
function noteWaits(
  waiting: Pick<WaitingBoard, 'note'>,
  statusId: string,
  results: readonly TryResult[],
  attempts: readonly EndedAttempt[],
): void {
  for (const result of results) {
    if (result.kind !== 'wait') continue;
    const { rule, text, untilMs, ip, site, deliveryId } = result;
    waiting.note(statusId, { rule, text, untilMs, site, deliveryId, ...(ip !== undefined && { ip }) });
  }
  for (const { event, result } of attempts) {
    if (event.type !== 'DEFERRED') continue;
    const { deliveryId, nextAttemptAtMs: untilMs, class: name, attempt } = event;
    const said = name === undefined ? 'Nobody answered' : `The receiver answered (${name})`;
    const text = `${said} at attempt ${attempt}; it is tried again then.`;
    const { ip, site } = result;
    const rule = `retries.${name ?? 'no-answer'}`;
    waiting.note(statusId, { rule, text, untilMs, site, deliveryId, ...(ip !== undefined && { ip }) });
  }
}

function logAttempt(log: Logger, event: AttemptEvent, { site, outcome }: Attempted): void {
  const { statusId, deliveryId, attempt, status, mx } = event;
  const fields = { statusId, deliveryId, attempt, outcome: outcome.kind, status, mx, site };
  if (event.type === 'DELIVERED') log.debug(fields, 'delivered');
  else log.info({ ...fields, event: event.type, domain: domainOf(event.recipient) }, 'not delivered');
}
