import type { ConversationLine, DeliveryView, Event, TimelineEntry } from '@posthorn/contracts';
import type { DeliveryRecord } from '@posthorn/store';

/** The order in which events of one millisecond happened: what leads to another stands before it. */
const causalOrder = [
  'SENT',
  'DROPPED',
  'PROCESSED',
  'DEFERRED',
  'UNKNOWN',
  'DELIVERED',
  'BOUNCE',
  'OPEN',
  'CLICK',
  'RETURN',
  'SPAMREPORT',
  'STATUSCHANGE',
] as const;

/** What was said in attempts, by the id of their event. */
export type Conversations = ReadonlyMap<string, readonly ConversationLine[]>;

/** A send's events as its timeline, oldest first; an attempt with what was said in it, where that is kept. */
export function timelineOf(
  events: readonly Event[],
  acceptedAtMs: number,
  conversations: Conversations = new Map(),
): TimelineEntry[] {
  const rankOf = ({ type }: Event) => causalOrder.indexOf(type);
  return events
    .toSorted((a, b) => a.atMs - b.atMs || rankOf(a) - rankOf(b))
    .map((event) => {
      const conversation = conversations.get(event.id);
      return {
        ...timelineEntryOf(event, acceptedAtMs),
        ...(conversation && { conversation: [...conversation] }),
      };
    });
}

/** An event as the timeline shows it. Its time counts from when the send was accepted. */
function timelineEntryOf(event: Event, acceptedAtMs: number): TimelineEntry {
  return {
    id: event.id,
    type: event.type,
    atMs: event.atMs,
    sinceAcceptedMs: event.atMs - acceptedAtMs,
    ...particularsOf(event),
  };
}

function particularsOf(event: Event): Partial<TimelineEntry> {
  switch (event.type) {
    case 'SENT':
      return { recipient: event.recipient };
    case 'DROPPED':
      return {
        recipient: event.recipient,
        reason: event.dropReason,
        ...(event.dropMessage && { response: event.dropMessage }),
      };
    case 'PROCESSED':
      return { recipient: event.recipient, deliveryId: event.deliveryId };
    case 'DELIVERED':
    case 'UNKNOWN':
      return attemptOf(event);
    case 'DEFERRED':
    case 'BOUNCE':
      return { ...attemptOf(event), ...(event.category && { reason: event.category }) };
    case 'OPEN':
    case 'CLICK':
      return {
        isMachine: event.verdict.machine,
        ...(event.verdict.machine && { reason: event.verdict.reason }),
        ...(event.type === 'CLICK' && { url: event.url }),
      };
    case 'RETURN':
    case 'SPAMREPORT':
    case 'STATUSCHANGE':
      return { recipient: event.recipient, deliveryId: event.deliveryId, ...newsOf(event) };
  }
}

/** What came back after the delivery, by mail. */
function newsOf(
  event: Extract<Event, { type: 'RETURN' | 'SPAMREPORT' | 'STATUSCHANGE' }>,
): Partial<TimelineEntry> {
  if (event.type === 'RETURN') return { reason: event.outcome, response: event.response };
  return { reason: event.type === 'SPAMREPORT' ? event.feedbackType : event.source };
}

type AttemptEvent = Extract<Event, { attempt: number }>;

function attemptOf(event: AttemptEvent): Partial<TimelineEntry> {
  const { recipient, deliveryId, attempt, response, status, ip, site, mx, tls } = event;
  return {
    ...{ recipient, deliveryId, attempt, response },
    ...(status !== undefined && { status }),
    ...(ip !== undefined && { ip }),
    ...(site !== undefined && { site }),
    ...(mx !== undefined && { mx }),
    ...(tls && { tls }),
    ...(event.class !== undefined && { class: event.class }),
  };
}

/** A delivery as it is shown: where it stands, and the reply that says so. */
export function deliveryViewOf(statusId: string, delivery: DeliveryRecord): DeliveryView {
  const { index, state, recipient, delivered, bounced, unknown, deferred } = delivery;
  const last = { delivered, bounced, unknown, deferred, queued: undefined, processed: undefined }[state];
  return {
    deliveryId: `${statusId}:${index}`,
    recipient,
    state,
    ...(last && { attempts: last.attempt, response: last.response }),
  };
}
