import { deliveryIdOf, type Event, type EventOf, type WaitView } from '@posthorn/contracts';
import type { Noted } from '@posthorn/shaping';
import type { DeliveryRecord, SendRecord } from '@posthorn/store';

/** A note that was not repeated for so long is of a wait that is over, in milliseconds: but for retries, nobody waits more than five minutes unasked. */
const noteAgeMsMax = 6 * 60_000;

export type WaitingFacts = Readonly<{
  statusId: string;
  /** Null while nothing of the send is recorded. */
  record: SendRecord | null;
  events: readonly Event[];
  notes: readonly Noted[];
  nowMs: number;
}>;

/** Why what is left of a send waits: one entry for each delivery that has not ended. */
export function waitingOf(facts: WaitingFacts): WaitView[] {
  const { record } = facts;
  if (record?.dropped && !record.sent && record.deliveries.length === 0) return [];
  if (!record?.sent && !record?.deliveries.length && facts.notes.length === 0) {
    return [{ waitsFor: 'rendering', text: 'It was accepted and waits to be made into a message.' }];
  }
  const open = record?.deliveries.filter(isOpen) ?? [];
  return [...open.map((delivery) => waitOfDelivery(delivery, facts)), ...untouched(facts)];
}

function isOpen({ state }: DeliveryRecord): boolean {
  return state === 'queued' || state === 'processed' || state === 'deferred';
}

function waitOfDelivery({ index, recipient, deferred }: DeliveryRecord, facts: WaitingFacts): WaitView {
  const deliveryId = deliveryIdOf(facts.statusId, index);
  const about = { deliveryId, recipient };
  const note = noteOn(deliveryId, facts, deferred?.atMs);
  if (!deferred) return { ...about, ...(note ? shaped(note) : dispatching) };

  const event = facts.events.findLast(
    (one): one is EventOf<'DEFERRED'> => one.type === 'DEFERRED' && one.deliveryId === deliveryId,
  );
  const lastAttempt = lastAttemptOf(deferred, event?.class);
  if (note) return { ...about, ...shaped(note), lastAttempt };
  return {
    ...about,
    waitsFor: 'retry',
    text: `Attempt ${deferred.attempt} was put off by the receiver; the next one follows its schedule.`,
    until: lastAttempt.nextAttemptAt,
    ...(event?.ip !== undefined && { ip: event.ip }),
    ...(event?.site !== undefined && { site: event.site }),
    lastAttempt,
  };
}

/** Deliveries of which no attempt is recorded: they have notes, or are still to be begun. */
function untouched({ statusId, record, notes, nowMs }: WaitingFacts): WaitView[] {
  const known = new Set(record?.deliveries.map(({ index }) => deliveryIdOf(statusId, index)));
  const noted = notes.flatMap(({ deliveryId }) => deliveryId ?? []);
  const to = deliveryIdOf(statusId, 0);
  const ids = [...new Set([...(record?.sent ? [to] : []), ...noted])].filter((id) => !known.has(id));
  const recipient = record?.sent?.recipient;
  const waits = ids.map((deliveryId): WaitView => {
    const note = noteOn(deliveryId, { notes, nowMs }, undefined);
    const about = { deliveryId, ...(deliveryId === to && recipient !== undefined && { recipient }) };
    return { ...about, ...(note ? shaped(note) : dispatching) };
  });
  const copies = (record?.sent?.cc.length ?? 0) + (record?.sent?.bcc.length ?? 0);
  const isCopyKnown = [...known, ...ids].some((id) => id !== to);
  return copies > 0 && !isCopyKnown
    ? [...waits, { ...dispatching, text: 'The copies wait for a free dispatcher.' }]
    : waits;
}

const dispatching = { waitsFor: 'dispatch', text: 'It waits for a free dispatcher.' } as const;

/** What was last said of a delivery, unless it was said before its last attempt or so long ago that it cannot be so any more. */
function noteOn(
  deliveryId: string,
  { notes, nowMs }: Pick<WaitingFacts, 'notes' | 'nowMs'>,
  attemptedAtMs = 0,
): Noted | undefined {
  return notes
    .filter((note) => note.deliveryId === undefined || note.deliveryId === deliveryId)
    .filter((note) => note.notedAtMs > attemptedAtMs && repeatedByMs(note) > nowMs)
    .sort((a, b) => b.notedAtMs - a.notedAtMs)[0];
}

/** Until when a wait that goes on is noted again; the next attempt is noted once. */
function repeatedByMs({ rule, notedAtMs, untilMs }: Noted): number {
  return noteAgeMsMax + (kindOf(rule) === 'retry' ? Math.max(notedAtMs, untilMs) : notedAtMs);
}

function shaped({ rule, text, untilMs, ip, site }: Noted) {
  return {
    waitsFor: kindOf(rule),
    ...{ text, rule, until: isoOf(untilMs) },
    ...(ip !== undefined && { ip }),
    ...(site !== undefined && { site }),
  } as const;
}

/** What the rules are about that are none of a site's, by the first word of the names that dispatchers give them. */
const kinds: ReadonlyMap<string, WaitView['waitsFor']> = new Map([
  ['retries', 'retry'],
  ['warmup', 'warmup'],
  ['pool', 'address'],
]);

/** `retries.greylisted` is a retry; `google.com.held-for-spam` is a rule of a site's. */
function kindOf(rule: string): WaitView['waitsFor'] {
  return kinds.get(rule.split('.', 1)[0] ?? '') ?? 'shaping';
}

function lastAttemptOf(deferred: NonNullable<DeliveryRecord['deferred']>, replyClass: string | undefined) {
  const { attempt, atMs, response, nextAttemptAtMs } = deferred;
  return {
    ...{ attempt, at: isoOf(atMs), reply: response, nextAttemptAt: isoOf(nextAttemptAtMs) },
    ...(replyClass !== undefined && { class: replyClass }),
  };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
