import type { Event, EventOf } from '@posthorn/contracts';

/**
 * What one event does to its send's document.
 *
 * Every operator here is commutative and idempotent: `$min` and `$max` of numbers, `$min` and `$max` of documents
 * that begin with what orders them (MongoDB compares embedded documents field by field, in order), and `$set` of what
 * is the same in every event of the send or delivery. So any order and any repetition of events gives one document.
 */
export type SendUpdate = Readonly<{
  $set: Record<string, string | number>;
  $min: Record<string, unknown>;
  $max: Record<string, unknown>;
}>;

/** The update for one event. */
export function sendUpdateOf(event: Event): SendUpdate {
  const update: SendUpdate = {
    $set: { emailId: event.emailId },
    $min: {},
    $max: { lastEventAtMs: event.atMs },
  };
  applyTo(update, event);
  return update;
}

function applyTo(update: SendUpdate, event: Event): void {
  switch (event.type) {
    case 'SENT':
      update.$min['sent'] = { ...momentOf(event), ...headersOf(event) };
      return;
    case 'DROPPED':
      update.$min['dropped'] = { ...momentOf(event), ...droppedOf(event), ...headersOf(event) };
      return;
    case 'PROCESSED':
    case 'DELIVERED':
    case 'DEFERRED':
    case 'BOUNCE':
    case 'UNKNOWN':
      applyToDelivery(update, event);
      return;
    case 'OPEN':
    case 'CLICK':
      applyHit(update, event);
      return;
    case 'SPAMREPORT':
    case 'STATUSCHANGE':
    case 'RETURN':
      applyReturn(update, event);
  }
}

function applyToDelivery(
  { $set, $min, $max }: SendUpdate,
  event: EventOf<'PROCESSED' | 'DELIVERED' | 'DEFERRED' | 'BOUNCE' | 'UNKNOWN'>,
): void {
  const path = `deliveries.${event.deliveryId.slice(event.statusId.length + 1)}`;
  $set[`${path}.recipient`] = event.recipient;
  if (event.type === 'PROCESSED') $min[`${path}.processedAtMs`] = event.atMs;
  if (event.type === 'DELIVERED') $min[`${path}.delivered`] = attemptOf(event);
  if (event.type === 'UNKNOWN') $max[`${path}.unknown`] = attemptOf(event);
  if (event.type === 'BOUNCE') {
    $min[`${path}.bounced`] = { ...attemptOf(event), category: event.category, hard: event.hard };
  }
  if (event.type === 'DEFERRED') {
    const { nextAttemptAtMs, category = '' } = event;
    $max[`${path}.deferred`] = { ...attemptOf(event), nextAttemptAtMs, category };
  }
}

function applyHit({ $min, $max }: SendUpdate, event: EventOf<'OPEN' | 'CLICK'>): void {
  const kind = event.type === 'OPEN' ? 'opens' : 'clicks';
  const by = event.verdict.machine ? 'machine' : 'person';
  $min[`${kind}.${by}.firstAtMs`] = event.atMs;
  $max[`${kind}.${by}.lastAtMs`] = event.atMs;
}

/** The first complaint counts; news that change nothing leave only their recipient. */
function applyReturn(
  { $set, $min }: SendUpdate,
  event: EventOf<'SPAMREPORT' | 'STATUSCHANGE' | 'RETURN'>,
): void {
  const path = `deliveries.${event.deliveryId.slice(event.statusId.length + 1)}`;
  $set[`${path}.recipient`] = event.recipient;
  if (event.type === 'SPAMREPORT') $min[`${path}.complainedAtMs`] = event.atMs;
  if (event.type === 'STATUSCHANGE' && event.portalSubscriptionStatus === 'UNSUBSCRIBED')
    $min[`${path}.unsubscribedAtMs`] = event.atMs;
}

/** First the time, then the id: a total order over events, the same wherever it is compared. */
function momentOf({ atMs, id }: Event) {
  return { atMs, eventId: id };
}

function attemptOf(event: EventOf<'DELIVERED' | 'DEFERRED' | 'BOUNCE' | 'UNKNOWN'>) {
  const { attempt, response, status = '', mx = '' } = event;
  return { ...momentOf(event), attempt, response, status, mx };
}

function headersOf({ recipient, acceptedAtMs, startedAtMs, ...event }: EventOf<'SENT' | 'DROPPED'>) {
  const { subject = '', from = '', replyTo = [], cc = [], bcc = [], sendId = '' } = event;
  return { recipient, acceptedAtMs, startedAtMs, subject, from, replyTo, cc, bcc, sendId };
}

function droppedOf({ dropReason, dropMessage = '' }: EventOf<'DROPPED'>) {
  return { dropReason, dropMessage };
}
