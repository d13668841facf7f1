import type {
  AccountId,
  BounceCategory,
  EmailId,
  SendResult,
  SendStatusView,
  StatusId,
} from '@posthorn/contracts';

/** When an event happened and which it was. */
type Moment = Readonly<{ atMs: number; eventId: string }>;

/** One SMTP reply. Texts that were not given are empty. */
export type RecordedAttempt = Moment &
  Readonly<{ attempt: number; response: string; status: string; mx: string }>;

/** What the send's message said. Texts that were not given are empty. */
type Headers = Readonly<{
  recipient: string;
  acceptedAtMs: number;
  startedAtMs: number;
  subject: string;
  from: string;
  replyTo: readonly string[];
  cc: readonly string[];
  bcc: readonly string[];
  sendId: string;
}>;

/** What is kept of one delivery: for each kind of outcome the event that counts, not what it amounts to. */
export type DeliveryDoc = Readonly<{
  recipient: string;
  processedAtMs?: number;
  delivered?: RecordedAttempt;
  bounced?: RecordedAttempt & Readonly<{ category: BounceCategory; hard: boolean }>;
  unknown?: RecordedAttempt;
  deferred?: RecordedAttempt & Readonly<{ nextAttemptAtMs: number; category: BounceCategory | '' }>;
  /** When this recipient first called it spam, and was first unsubscribed through it. */
  complainedAtMs?: number;
  unsubscribedAtMs?: number;
}>;

/** First and last time, of people and of machines. */
export type Hits = Readonly<{
  person?: Readonly<{ firstAtMs: number; lastAtMs: number }>;
  machine?: Readonly<{ firstAtMs: number; lastAtMs: number }>;
}>;

/** A send as it is stored. */
export type SendDoc = Readonly<{
  _id: StatusId;
  accountId: AccountId;
  emailId: EmailId;
  lastEventAtMs: number;
  sent?: Moment & Headers;
  dropped?: Moment & Headers & Readonly<{ dropReason: SendResult; dropMessage: string }>;
  deliveries?: Readonly<Record<string, DeliveryDoc>>;
  opens?: Hits;
  clicks?: Hits;
}>;

export type DeliveryState = 'queued' | 'processed' | 'deferred' | 'unknown' | 'bounced' | 'delivered';

export type DeliveryRecord = DeliveryDoc & Readonly<{ index: number; state: DeliveryState }>;

/** A send as it is read: the stored facts and what follows from them. */
export type SendRecord = Readonly<{
  statusId: StatusId;
  accountId: AccountId;
  emailId: EmailId;
  /** HubSpot's view: PROCESSING until it was handed to dispatch or dropped, then COMPLETE. */
  view: SendStatusView;
  sent?: SendDoc['sent'];
  dropped?: SendDoc['dropped'];
  /** By index: the To recipient first. */
  deliveries: readonly DeliveryRecord[];
  opens: Hits;
  clicks: Hits;
}>;

/** The record that a document amounts to. Derived when read, so that the order in which facts arrived cannot matter. */
export function sendRecordOf(doc: SendDoc): SendRecord {
  const deliveries = Object.entries(doc.deliveries ?? {})
    .map(([index, delivery]) => ({ ...delivery, index: Number(index), state: deliveryStateOf(delivery) }))
    .sort((a, b) => a.index - b.index);
  return {
    statusId: doc._id,
    accountId: doc.accountId,
    emailId: doc.emailId,
    view: statusViewOf(doc),
    ...(doc.sent ? { sent: doc.sent } : {}),
    ...(doc.dropped ? { dropped: doc.dropped } : {}),
    deliveries,
    opens: doc.opens ?? {},
    clicks: doc.clicks ?? {},
  };
}

/**
 * A bounce that came after a 250 (a DSN, RFC 3464) outranks it; one before it, from a copy that was sent again, does
 * not. Either outranks an attempt whose reply never came.
 */
function deliveryStateOf({
  delivered,
  bounced,
  unknown,
  deferred,
  processedAtMs,
}: DeliveryDoc): DeliveryState {
  if (bounced && (!delivered || bounced.atMs >= delivered.atMs)) return 'bounced';
  if (delivered) return 'delivered';
  if (unknown && (!deferred || unknown.atMs >= deferred.atMs)) return 'unknown';
  if (deferred) return 'deferred';
  return processedAtMs === undefined ? 'queued' : 'processed';
}

/** A send that was handed to dispatch counts as sent, even where a repeat of it was dropped as one. */
function statusViewOf({ _id, sent, dropped }: SendDoc): SendStatusView {
  const end = sent ?? dropped;
  if (!end) return { statusId: _id, status: 'PROCESSING' };
  return {
    statusId: _id,
    status: 'COMPLETE',
    requestedAt: isoOf(end.acceptedAtMs),
    startedAt: isoOf(end.startedAtMs),
    completedAt: isoOf(end.atMs),
    sendResult: sent ? 'SENT' : (dropped?.dropReason ?? 'SENT'),
    ...(sent ? { eventId: { id: sent.eventId, created: isoOf(sent.atMs) } } : {}),
    ...(!sent && dropped?.dropMessage ? { message: dropped.dropMessage } : {}),
  };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
