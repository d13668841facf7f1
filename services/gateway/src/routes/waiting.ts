import { SendWaiting } from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import type { WaitingBoard } from '@posthorn/shaping';
import type { EventRepository } from '@posthorn/store';
import type { Endpoint } from '../http/endpoint.ts';
import type { SendLookup } from '../sends/send-lookup.ts';
import { waitingOf } from '../sends/waiting-of.ts';

export type SendWaitingDeps = Readonly<{
  findSend: SendLookup;
  events: Pick<EventRepository, 'listBySend'>;
  waiting: Pick<WaitingBoard, 'read'>;
  clock: Clock;
}>;

/** GET /v1/sends/{statusId}/waiting: why a send has not ended: which rule or reply, and until when. Beyond HubSpot. */
export function sendWaiting({ findSend, events, waiting, clock }: SendWaitingDeps): Endpoint {
  return {
    id: 'getSendWaiting',
    method: 'get',
    paths: ['/v1/sends/:statusId/waiting'],
    tag: 'Sends',
    summary: 'Why a send waits, and until when',
    description:
      'What each delivery that has not ended waits for: a limit of the receiver’s site, the next attempt after a reply, or its turn. A send that waits for nothing has an empty list. Beyond HubSpot.',
    scopes: ['transactional-email', 'marketing-email'],
    isRateLimited: false,
    answers: { 200: { description: 'The status, and what it waits for.', schema: SendWaiting } },
    run: async ({ principal: { accountId }, params }) => {
      const { view, record } = await findSend(accountId, params['statusId'] ?? '');
      const { statusId } = view;
      const [happened, notes = []] = await Promise.all([
        record ? events.listBySend(accountId, statusId) : [],
        waiting.read(statusId),
      ]);
      const facts = { statusId, record, events: happened, notes, nowMs: clock.nowMs() };
      const body: SendWaiting = { ...view, waiting: waitingOf(facts) };
      return { status: 200, body };
    },
  };
}
