import { LegacySingleSendRequest, LegacySingleSendResponse, type SendStatusView } from '@posthorn/contracts';
import type { Answer } from '../http/answer.ts';
import { type Endpoint, takesBody } from '../http/endpoint.ts';
import { invalidInput } from '../http/refusal.ts';
import type { RunOnce } from '../idempotency/run-once.ts';
import type { AcceptSends } from '../sends/accept-sends.ts';
import type { AwaitResult } from '../sends/await-result.ts';
import { requestOfLegacy } from '../sends/legacy-request.ts';

export type LegacySingleSendDeps = Readonly<{
  acceptSends: AcceptSends;
  awaitResult: AwaitResult;
  runOnce: RunOnce;
}>;

/**
 * POST /email/public/v1/singleEmail/send: HubSpot's legacy, synchronous single send (facts: HubSpot, section 1.6).
 *
 * The send is accepted as any other; then this waits a bounded time for its result. When that does not come in time
 * the result is QUEUED, and the event id is the statusId, with which the status endpoint tells the rest.
 */
export function legacySingleSend({ acceptSends, awaitResult, runOnce }: LegacySingleSendDeps): Endpoint {
  return {
    id: 'sendSingleEmailLegacy',
    method: 'post',
    paths: ['/email/public/v1/singleEmail/send'],
    style: 'hubspot',
    tag: 'Sends',
    summary: 'Send a transactional email (legacy v1)',
    description:
      'Waits up to two seconds for the result; QUEUED, with the statusId as the event id, when it takes longer.',
    scopes: ['transactional-email'],
    isRateLimited: false,
    isIdempotent: true,
    answers: { 200: { description: 'The result, or QUEUED.', schema: LegacySingleSendResponse } },
    ...takesBody(LegacySingleSendRequest, async (call) => {
      const read = requestOfLegacy(call.body);
      if (read.kind === 'refused') throw invalidInput(read.errors);
      const { accountId } = call.principal;
      return runOnce(call, 1, async (seed) => {
        await acceptSends(accountId, [{ index: 0, request: read.request, attachments: [] }], seed);
        const [statusId = ''] = seed.statusIds;
        return legacyAnswer(await awaitResult(accountId, statusId), statusId, seed.acceptedAtMs);
      });
    }),
  };
}

function legacyAnswer(view: SendStatusView | null, statusId: string, acceptedAtMs: number): Answer {
  const created = Date.parse(view?.completedAt ?? '') || acceptedAtMs;
  const body: LegacySingleSendResponse = {
    sendResult: view?.sendResult ?? 'QUEUED',
    message: view?.message ?? '',
    eventId: view?.eventId
      ? { id: view.eventId.id, created: Date.parse(view.eventId.created) }
      : { id: statusId, created },
  };
  return { status: 200, body };
}
