import { z } from 'zod';
import { ConversationLine } from '../conversation.ts';
import { AttemptTls } from '../event.ts';
import { EmailId } from '../ids.ts';
import { SendState, SendStatusView } from '../send-status.ts';
import { ErrorDetail } from './error-body.ts';
import { SingleSendRequest } from './single-send.ts';

/** Most sends in one call of `POST /v1/sends`. */
export const sendsPerCallMax = 1_000;

/** The body of `POST /v1/sends`: each send is judged alone. Beyond HubSpot. */
export const SendsRequest = z
  .strictObject({ sends: z.array(SingleSendRequest).min(1).max(sendsPerCallMax) })
  .meta({ id: 'SendsRequest' });
export type SendsRequest = z.infer<typeof SendsRequest>;

const AcceptedSend = z.object({
  index: z.int().min(0),
  result: z.literal('accepted'),
  statusId: z.uuid(),
  status: SendState,
  requestedAt: z.iso.datetime(),
});

const RefusedSend = z.object({
  index: z.int().min(0),
  result: z.literal('refused'),
  errors: z.array(ErrorDetail),
});

/** One line for each send, in the order of the call. */
export const SendsResponse = z
  .object({
    accepted: z.int().min(0),
    refused: z.int().min(0),
    results: z.array(z.discriminatedUnion('result', [AcceptedSend, RefusedSend])),
  })
  .meta({ id: 'SendsResponse' });
export type SendsResponse = z.infer<typeof SendsResponse>;

/** HubSpot's `EmailSendStatusView`, named for the API's description. */
export const SendStatusAnswer = SendStatusView.meta({
  id: 'EmailSendStatusView',
  description: 'PENDING until it is rendered; COMPLETE with a `sendResult` once it was sent or dropped.',
});

/** One thing that happened to a send. */
export const TimelineEntry = z
  .object({
    id: z.uuid(),
    type: z
      .string()
      .meta({ description: 'SENT, DROPPED, PROCESSED, DELIVERED, DEFERRED, BOUNCE, OPEN, CLICK, …' }),
    atMs: z.int().meta({ description: 'Unix time in milliseconds.' }),
    sinceAcceptedMs: z.int().meta({ description: 'Milliseconds since the send was accepted.' }),
    recipient: z.string().optional(),
    deliveryId: z.string().optional(),
    attempt: z.int().optional(),
    response: z.string().optional().meta({ description: "The receiver's last reply." }),
    status: z
      .string()
      .optional()
      .meta({ description: 'Its enhanced status code (RFC 3463), or the plain one.' }),
    class: z.string().optional().meta({ description: 'What kind of refusal or delay the reply was.' }),
    ip: z.string().optional().meta({ description: 'The address it was sent from, where a pool chose one.' }),
    site: z.string().optional().meta({ description: 'The group of domains whose limits applied.' }),
    mx: z.string().optional().meta({ description: 'The host that was spoken to.' }),
    tls: AttemptTls.optional().meta({ description: 'How the connection was protected; absent in plain.' }),
    conversation: z
      .array(ConversationLine)
      .optional()
      .meta({ description: 'What was said in the attempt and when, without content; kept for 30 days.' }),
    reason: z
      .string()
      .optional()
      .meta({ description: 'Why it was dropped or bounced, or why a hit is held to be a machine’s.' }),
    url: z.string().optional(),
    isMachine: z.boolean().optional(),
  })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** One envelope recipient of a send and where its delivery stands. */
export const DeliveryView = z
  .object({
    deliveryId: z.string(),
    recipient: z.string(),
    state: z
      .string()
      .meta({ description: 'queued, processed, deferred, unknown, bounced, delivered, or lost.' }),
    attempts: z.int().optional(),
    response: z.string().optional(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.infer<typeof DeliveryView>;

/** The answer of `GET /v1/sends/{statusId}`: the status, its deliveries, and everything that happened, in order. */
export const SendTimeline = SendStatusView.extend({
  status: z.enum([...SendState.options, 'LOST']).meta({
    description:
      'As on the path of HubSpot, and LOST where the queue was emptied while the send, or one of its deliveries, waited ' +
      'in it: what became of it is not known, and an event that comes later still counts.',
  }),
  lostAtMs: z.int().optional().meta({ description: 'When that was found, in Unix milliseconds.' }),
  emailId: EmailId.optional(),
  deliveries: z.array(DeliveryView),
  timeline: z.array(TimelineEntry),
}).meta({ id: 'SendTimeline' });
export type SendTimeline = z.infer<typeof SendTimeline>;
