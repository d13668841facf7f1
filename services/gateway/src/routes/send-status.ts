import { SendStatusAnswer } from '@posthorn/contracts';
import type { Endpoint } from '../http/endpoint.ts';
import type { SendLookup } from '../sends/send-lookup.ts';

/**
 * GET /marketing/v3/email/send-statuses/{statusId}: where a send stands (facts: HubSpot, section 1.2).
 *
 * Exempt from the ten-second limit as the send is: polling is the only way to learn of its end.
 */
export function sendStatus({ findSend }: { findSend: SendLookup }): Endpoint {
  return {
    id: 'getSendStatus',
    method: 'get',
    paths: ['/marketing/v3/email/send-statuses/:statusId'],
    style: 'hubspot',
    tag: 'Sends',
    summary: 'Where a send stands',
    description: 'PENDING until it is recorded; poll until COMPLETE, then see `sendResult`.',
    scopes: ['transactional-email', 'marketing-email'],
    isRateLimited: false,
    answers: { 200: { description: 'The status.', schema: SendStatusAnswer } },
    run: async ({ principal, params }) => {
      const { view } = await findSend(principal.accountId, params['statusId'] ?? '');
      return { status: 200, body: view };
    },
  };
}
