import { randomUUID } from 'node:crypto';
import { Event, type EventOf, type EventType } from '@posthorn/contracts';

/** Tuesday 6 January 2026, 10:30 UTC: what events of tests happen around. */
export const eventTimeMs = Date.UTC(2026, 0, 6, 10, 30);

const headers = {
  recipient: 'jane@example.com',
  acceptedAtMs: eventTimeMs - 50,
  startedAtMs: eventTimeMs - 20,
};

/** Fields that a type needs beyond the common ones. */
const particular: Record<EventType, object> = {
  SENT: headers,
  DROPPED: { ...headers, dropReason: 'MISSING_CONTENT' },
  PROCESSED: {},
  DELIVERED: { response: '250 OK' },
  DEFERRED: { response: '451 later', status: '4.7.1', nextAttemptAtMs: eventTimeMs + 300_000 },
  BOUNCE: { response: '550 no such user', status: '5.1.1', category: 'UNKNOWN_USER', hard: true },
  UNKNOWN: { response: '' },
  OPEN: { verdict: { machine: false } },
  CLICK: { verdict: { machine: false }, url: 'https://example.com/', linkIndex: 0 },
  SPAMREPORT: { feedbackType: 'abuse' },
  STATUSCHANGE: { source: 'SOURCE_SPAM_REPORT', portalSubscriptionStatus: 'UNSUBSCRIBED' },
  RETURN: { outcome: 'DELAYED', response: '451 4.4.1 no answer from host' },
};

/** A valid event of a type, of a send of its own unless `fields` say otherwise; checked by the contract. */
export function anEvent<Type extends EventType>(
  type: Type,
  fields: Partial<EventOf<Type>> & { statusId?: string } = {},
): EventOf<Type> {
  const statusId = fields.statusId ?? randomUUID();
  const attempt = { recipient: 'jane@example.com', deliveryId: `${statusId}:0`, attempt: 1 };
  const common = { id: randomUUID(), accountId: 20_000_001, emailId: 4_126_643_121, atMs: eventTimeMs };
  const event = Event.parse({ ...common, ...attempt, ...particular[type], type, ...fields, statusId });
  // The contract's parse returns the whole union; the type asked for is the one that was built.
  return event as EventOf<Type>;
}
