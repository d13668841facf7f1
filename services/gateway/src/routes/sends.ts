import { SendsRequest, SendsResponse, sendsPerCallMax } from '@posthorn/contracts';
import { z } from 'zod';
import { type Endpoint, type RawCall, takesBody } from '../http/endpoint.ts';
import type { RunOnce } from '../idempotency/run-once.ts';
import type { AcceptSends, ValidSend } from '../sends/accept-sends.ts';
import type { Seed } from '../sends/seed.ts';
import { requireRoomFor, type ValidatedSend, validateSend } from '../sends/validate-send.ts';

export type SendsDeps = Readonly<{
  acceptSends: AcceptSends;
  runOnce: RunOnce;
  sendBytesMax: number;
  bodyBytesMax: number;
}>;

/** The outside of the body; each send inside is judged alone. */
const Envelope = z.strictObject({ sends: z.array(z.unknown()).min(1).max(sendsPerCallMax) });

/**
 * POST /v1/sends: up to 1,000 sends in one call, with a result for each. Beyond HubSpot.
 *
 * 200 where all were accepted, else 207: those that were refused say why, the others are on disk. They are posted
 * together; when that is not certain to have worked the whole call is 503, to be repeated with its Idempotency-Key.
 */
export function sends(deps: SendsDeps): Endpoint {
  const { acceptSends, runOnce, sendBytesMax, bodyBytesMax } = deps;
  return {
    id: 'sendMany',
    method: 'post',
    paths: ['/v1/sends'],
    tag: 'Sends',
    summary: `Send up to ${sendsPerCallMax} emails in one call`,
    description: 'Each send is judged alone and gets its own line. Beyond HubSpot.',
    scopes: ['transactional-email'],
    isRateLimited: false,
    isIdempotent: true,
    bodyBytesMax: sendBytesMax,
    answers: {
      200: { description: 'All were accepted.', schema: SendsResponse },
      207: { description: 'Some or all were refused; each says why.', schema: SendsResponse },
    },
    ...takesBody(Envelope, async (call) => {
      const validated = call.body.sends.map((send, index) => validateSend(send, index, `sends.${index}`));
      const valid = validated.flatMap((result) => (result.kind === 'valid' ? [result.send] : []));
      requireRoomFor(call.bytes, valid, bodyBytesMax);
      return run(call, validated, valid);
    }),
    bodySchema: SendsRequest,
  };

  function run(call: RawCall, validated: readonly ValidatedSend[], valid: readonly ValidSend[]) {
    return runOnce(call, validated.length, async (seed) => {
      await acceptSends(call.principal.accountId, valid, seed);
      return {
        status: valid.length === validated.length ? 200 : 207,
        body: {
          accepted: valid.length,
          refused: validated.length - valid.length,
          results: validated.map((result, index) => lineOf(result, index, seed)),
        } satisfies SendsResponse,
      };
    });
  }
}

function lineOf(result: ValidatedSend, index: number, seed: Seed): SendsResponse['results'][number] {
  if (result.kind === 'refused') return { index, result: 'refused', errors: result.errors };
  return {
    index,
    result: 'accepted',
    statusId: seed.statusIds[index] ?? '',
    status: 'PENDING',
    requestedAt: new Date(seed.acceptedAtMs).toISOString(),
  };
}
