import { SendTimeline } from '@posthorn/contracts';
import type { ConversationRepository, EventRepository } from '@posthorn/store';
import type { Endpoint } from '../http/endpoint.ts';
import { isLostDelivery } from '../sends/lost.ts';
import type { SendLookup } from '../sends/send-lookup.ts';
import { deliveryViewOf, timelineOf } from '../sends/timeline.ts';

export type SendTimelineDeps = Readonly<{
  findSend: SendLookup;
  events: Pick<EventRepository, 'listBySend'>;
  conversations: Pick<ConversationRepository, 'listBySend'>;
}>;

/** GET /v1/sends/{statusId}: a send, its deliveries, and all that happened to it, oldest first. Beyond HubSpot. */
export function sendTimeline({ findSend, events, conversations }: SendTimelineDeps): Endpoint {
  return {
    id: 'getSend',
    method: 'get',
    paths: ['/v1/sends/:statusId'],
    tag: 'Sends',
    summary: 'A send and everything that happened to it',
    description: 'Beyond HubSpot.',
    scopes: ['transactional-email', 'marketing-email'],
    isRateLimited: false,
    answers: { 200: { description: 'The send.', schema: SendTimeline } },
    run: async ({ principal: { accountId }, params }) => {
      const { view, acceptedAtMs, record, lostAtMs } = await findSend(accountId, params['statusId'] ?? '');
      const [happened, said] = record
        ? await Promise.all([
            events.listBySend(accountId, view.statusId),
            conversations.listBySend(accountId, view.statusId),
          ])
        : [[], undefined];
      const body: SendTimeline = {
        ...view,
        ...(lostAtMs !== undefined && { status: 'LOST', lostAtMs }),
        ...(record && { emailId: record.emailId }),
        deliveries: (record?.deliveries ?? []).map((delivery) => {
          const shown = deliveryViewOf(view.statusId, delivery);
          return lostAtMs !== undefined && isLostDelivery(delivery, lostAtMs)
            ? { ...shown, state: 'lost' }
            : shown;
        }),
        timeline: timelineOf(happened, acceptedAtMs, said),
      };
      return { status: 200, body };
    },
  };
}
