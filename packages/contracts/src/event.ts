import { z } from 'zod';
import { BounceCategory } from './bounce-category.ts';
import { Conversation } from './conversation.ts';
import { TraceParent } from './define-lane.ts';
import { AccountId, DeliveryId, EmailId, StatusId } from './ids.ts';
import { SendResult } from './send-result.ts';

const base = z.object({
  /** A UUID. Derived from what happened wherever that is known (see `eventIdOf` in mail), so a repeat is the same event. */
  id: z.uuid(),
  accountId: AccountId,
  statusId: StatusId,
  emailId: EmailId,
  atMs: z.int().positive(),
  trace: TraceParent,
});

/** The To address as it was used; events of Cc and Bcc recipients name those. */
const recipient = z.string();

const headers = {
  recipient,
  subject: z.string().optional(),
  from: z.string().optional(),
  replyTo: z.array(z.string()).optional(),
  cc: z.array(z.string()).optional(),
  bcc: z.array(z.string()).optional(),
  sendId: z.string().optional(),
  /** When the send was accepted and when its rendering began, so that the record needs no second event for either. */
  acceptedAtMs: z.int().positive(),
  startedAtMs: z.int().positive(),
};

/** What an attempt's TLS turned out to be, and who demanded it. */
export const AttemptTls = z.object({
  /** `TLSv1.3`; `none` in plain. */
  protocol: z.string(),
  cipher: z.string().optional(),
  /** The certificate is the host's, by an authority or by DANE. */
  verified: z.boolean(),
  /** MTA-STS (RFC 8461), DANE (RFC 7672), the operator's own rule, or nobody. */
  policy: z.enum(['none', 'sts', 'dane', 'required']),
});
export type AttemptTls = z.infer<typeof AttemptTls>;

const attempt = {
  recipient,
  deliveryId: DeliveryId,
  /** 1 for the first attempt of this delivery. */
  attempt: z.int().positive(),
  /** The final reply's text, control characters replaced, at most 1,000 characters. */
  response: z.string(),
  /** The enhanced status code (RFC 3463) or the plain one where the peer gave none: `5.1.1`, `550`. */
  status: z.string().optional(),
  /** What kind of refusal or delay the reply was (`ReplyClass` in mail); absent where the words are ours and not the peer's. */
  class: z.string().max(60).optional(),
  /** Host that was spoken to. */
  mx: z.string().optional(),
  /** How the connection was protected; absent in plain where nobody demanded more. */
  tls: AttemptTls.optional(),
  /** Source address, where a pool chose one. */
  ip: z.string().max(45).optional(),
  /** The group of domains whose limits applied. */
  site: z.string().max(300).optional(),
  /** Kept for 30 days beside the event, not in it. One of another form (an earlier version's) is left out: it must not cost the event. */
  conversation: Conversation.optional().catch(undefined),
};

/** Why an open or a click is held to be a machine's, or that nothing says so. */
export const MachineVerdict = z.object({
  machine: z.boolean(),
  reason: z
    .enum([
      'none',
      'head-request',
      'prefetch-header',
      'scanner-user-agent',
      'proxy-user-agent',
      'too-soon',
      'burst',
    ])
    .default('none'),
});
export type MachineVerdict = z.infer<typeof MachineVerdict>;

const hit = {
  userAgent: z.string().max(1_000).optional(),
  ipAddress: z.string().max(64).optional(),
  verdict: MachineVerdict,
};

/** Why a contact's subscription changed; HubSpot's names (facts: events API, STATUSCHANGE). */
export const StatusChangeSource = z.enum([
  'SOURCE_SPAM_REPORT',
  'SOURCE_RECIPIENT',
  'SOURCE_HUBSPOT_CUSTOMER',
  'SOURCE_NON_DELIVERY_REPORT',
]);
export type StatusChangeSource = z.infer<typeof StatusChangeSource>;

/**
 * What came back to a return path without changing anything: a delay, the news that somebody relayed the mail to a
 * server that reports nothing further, an answer by a machine, a complaint nobody vouches for, or what was not understood.
 */
export const ReturnOutcome = z.enum([
  'DELAYED',
  'RELAYED',
  'EXPANDED',
  'CONFIRMED',
  'AUTO_REPLY',
  'UNVERIFIED_COMPLAINT',
  'UNPARSED',
]);
export type ReturnOutcome = z.infer<typeof ReturnOutcome>;

const returned = { recipient, deliveryId: DeliveryId };

/** A fact about a send. Append-only: what was recorded is never changed. */
export const Event = z.discriminatedUnion('type', [
  base.extend({ type: z.literal('SENT'), ...headers }),
  base.extend({
    type: z.literal('DROPPED'),
    ...headers,
    dropReason: SendResult,
    dropMessage: z.string().optional(),
  }),
  base.extend({ type: z.literal('PROCESSED'), recipient, deliveryId: DeliveryId }),
  base.extend({ type: z.literal('DELIVERED'), ...attempt }),
  base.extend({
    type: z.literal('DEFERRED'),
    ...attempt,
    nextAttemptAtMs: z.int().positive(),
    category: BounceCategory.optional(),
  }),
  base.extend({
    type: z.literal('BOUNCE'),
    ...attempt,
    category: BounceCategory,
    hard: z.boolean(),
    /** The server had accepted the message and reported later, by mail (RFC 3464). */
    late: z.boolean().optional(),
  }),
  /** Undecided: the dot was sent, no reply came, and the account holds such deliveries. */
  base.extend({ type: z.literal('UNKNOWN'), ...attempt }),
  base.extend({ type: z.literal('OPEN'), ...hit }),
  base.extend({
    type: z.literal('CLICK'),
    ...hit,
    url: z.string(),
    linkIndex: z.int().min(0),
    referer: z.string().max(2_000).optional(),
  }),
  /** The recipient called it spam, and the mailbox provider said so (RFC 5965). */
  base.extend({
    type: z.literal('SPAMREPORT'),
    ...returned,
    /** `abuse`, `fraud`, `virus`, `not-spam`, `other` (RFC 5965, section 7.3). */
    feedbackType: z.string().max(40),
    /** The domain whose signature or SPF vouches for the report. */
    reportedBy: z.string().max(255).optional(),
    userAgent: z.string().max(1_000).optional(),
  }),
  base.extend({
    type: z.literal('STATUSCHANGE'),
    ...returned,
    source: StatusChangeSource,
    portalSubscriptionStatus: z.enum(['SUBSCRIBED', 'UNSUBSCRIBED']),
    requestedBy: z.string().max(320).optional(),
  }),
  base.extend({
    type: z.literal('RETURN'),
    ...returned,
    outcome: ReturnOutcome,
    /** What it said, control characters replaced, at most 1,000 characters. */
    response: z.string().max(1_000),
    status: z.string().max(20).optional(),
  }),
]);
export type Event = z.infer<typeof Event>;
export type EventType = Event['type'];
export type EventOf<Type extends EventType> = Extract<Event, { type: Type }>;
