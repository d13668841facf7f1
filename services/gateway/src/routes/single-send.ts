import { SendStatusAnswer, type SendStatusView, SingleSendRequest } from '@posthorn/contracts';
import type { Answer } from '../http/answer.ts';
import { type Endpoint, type EndpointShape, takesBody } from '../http/endpoint.ts';
import { invalidInput } from '../http/refusal.ts';
import type { RunOnce } from '../idempotency/run-once.ts';
import type { AcceptSends } from '../sends/accept-sends.ts';
import { requireRoomFor, withAttachments } from '../sends/validate-send.ts';

export type SingleSendDeps = Readonly<{
  acceptSends: AcceptSends;
  runOnce: RunOnce;
  sendBytesMax: number;
  bodyBytesMax: number;
}>;

/**
 * POST …/single-email/send: accepts one send, 200 with its `statusId` (facts: HubSpot, section 1.1).
 *
 * Answers when the send is on disk in Redis. A caller that saw no answer may repeat the request with the same
 * `sendId` or `Idempotency-Key`: one email leaves (row A07). An unknown email is accepted too and dropped with
 * MISSING_CONTENT, as HubSpot does.
 */
export function singleSend(deps: SingleSendDeps): Endpoint {
  return singleSendAt(deps, {
    id: 'sendSingleEmail',
    paths: [
      '/marketing/v3/transactional/single-email/send',
      '/marketing/transactional/2025-09/single-email/send',
      '/marketing/transactional/2026-03/single-email/send',
      '/marketing/transactional/2026-09/single-email/send',
    ],
    summary: 'Send a transactional email',
    scopes: ['transactional-email'],
  });
}

/** POST /marketing/v4/email/single-send: the same for marketing templates, with either scope (section 1.5). */
export function marketingSingleSend(deps: SingleSendDeps): Endpoint {
  return singleSendAt(deps, {
    id: 'sendSingleMarketingEmail',
    paths: ['/marketing/v4/email/single-send', '/marketing/email-campaigns/2026-03/single-send'],
    summary: 'Send an email made for marketing single send',
    scopes: ['transactional-email', 'marketing-email'],
  });
}

function singleSendAt(
  { acceptSends, runOnce, sendBytesMax, bodyBytesMax }: SingleSendDeps,
  shape: Pick<EndpointShape, 'id' | 'paths' | 'summary' | 'scopes'>,
): Endpoint {
  return {
    ...shape,
    method: 'post',
    style: 'hubspot',
    tag: 'Sends',
    description:
      'Answers once the send is on disk. What becomes of it, its status tells: an email that does not exist or an address that cannot be sent to is accepted, and dropped with a `sendResult`.',
    isRateLimited: false,
    isIdempotent: true,
    bodyBytesMax: sendBytesMax,
    answers: { 200: { description: 'Accepted.', schema: SendStatusAnswer } },
    ...takesBody(SingleSendRequest, async (call) => {
      const validated = withAttachments(call.body);
      if (validated.kind === 'refused') throw invalidInput(validated.errors);
      requireRoomFor(call.bytes, [validated.send], bodyBytesMax);
      return runOnce(call, 1, async (seed) => {
        await acceptSends(call.principal.accountId, [validated.send], seed);
        return pendingAnswer(seed.statusIds[0] ?? '', seed.acceptedAtMs);
      });
    }),
  };
}

function pendingAnswer(statusId: string, acceptedAtMs: number): Answer {
  const view: SendStatusView = {
    requestedAt: new Date(acceptedAtMs).toISOString(),
    statusId,
    status: 'PENDING',
  };
  return { status: 200, body: view };
}
