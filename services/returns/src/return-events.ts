import type { Event, EventOf, ReturnItem, ReturnOutcome } from '@posthorn/contracts';
import { deliveryIdOf } from '@posthorn/contracts';
import { eventIdOf, parseReply } from '@posthorn/mail';
import type { SendRecord } from '@posthorn/store';
import { bounceReplyOf } from './bounce-reply.ts';
import type { KnownDelivery } from './delivery-of-report.ts';
import type { Complaint, RecipientStatus } from './parse/report.ts';

/** A delivery of ours, and the message that is about it. */
export type Subject = Readonly<{ record: SendRecord; delivery: KnownDelivery; item: ReturnItem }>;

const dayMs = 86_400_000;

/**
 * A failure that was reported after the server had taken the message. One id a delivery: whatever is reported later is
 * the same event and changes nothing (row B02).
 */
export function bounceEventOf(subject: Subject, reported: RecipientStatus): EventOf<'BOUNCE'> {
  const { delivery, item } = subject;
  const { remoteMta: mx } = reported;
  const reply = bounceReplyOf(reported);
  return {
    ...identity(subject, 'BOUNCE', 'return'),
    type: 'BOUNCE',
    ...reply,
    response: cleanText(reply.response),
    attempt: delivery.delivered?.attempt ?? 1,
    // A clock behind the dispatcher's must not put the report before the delivery it is about.
    atMs: Math.max(item.receivedAtMs, delivery.delivered?.atMs ?? 0),
    late: true,
    ...(mx !== undefined && { mx }),
  };
}

/** A complaint that somebody we believe vouches for: the report, and that the contact is unsubscribed by it. */
export function complaintEventsOf(
  subject: Subject,
  { feedbackType, userAgent }: Complaint,
  reportedBy: string,
): readonly Event[] {
  return [
    {
      ...identity(subject, 'SPAMREPORT'),
      type: 'SPAMREPORT',
      ...{ feedbackType, reportedBy },
      ...(userAgent !== undefined && { userAgent: cleanText(userAgent) }),
    },
    {
      ...identity(subject, 'STATUSCHANGE', 'spam-report'),
      type: 'STATUSCHANGE',
      source: 'SOURCE_SPAM_REPORT',
      portalSubscriptionStatus: 'UNSUBSCRIBED',
      requestedBy: subject.delivery.recipient.slice(0, 320),
    },
  ];
}

/**
 * News that change nothing (row B08). One event a delivery, kind and day at most: whoever holds a valid address could
 * else fill the record.
 */
export function newsEventOf(
  subject: Subject,
  outcome: ReturnOutcome,
  said: { response: string; status?: string | undefined },
): EventOf<'RETURN'> {
  const day = Math.floor(subject.item.receivedAtMs / dayMs);
  return {
    ...identity(subject, 'RETURN', outcome, day),
    type: 'RETURN',
    outcome,
    response: cleanText(said.response),
    ...(said.status !== undefined && { status: said.status }),
  };
}

/** News of a recipient that a report did not call failed. */
export function statusEventOf(subject: Subject, reported: RecipientStatus): EventOf<'RETURN'> {
  const { action, diagnostic: response, status } = reported;
  return newsEventOf(subject, newsOutcomes[action], { response, status });
}

const newsOutcomes = {
  delayed: 'DELAYED',
  relayed: 'RELAYED',
  expanded: 'EXPANDED',
  delivered: 'CONFIRMED',
  failed: 'UNPARSED',
} as const;

function identity({ record, delivery, item }: Subject, type: Event['type'], ...parts: (string | number)[]) {
  const { accountId, statusId, emailId } = record;
  const deliveryId = deliveryIdOf(statusId, delivery.index);
  return {
    id: eventIdOf(statusId, type, deliveryId, ...parts),
    ...{ accountId, statusId, emailId, deliveryId },
    recipient: delivery.recipient,
    atMs: item.receivedAtMs,
  };
}

/** Without control characters, at most 1,000 characters, as replies are stored. */
function cleanText(text: string): string {
  return parseReply(text).text;
}
