import type { Endpoint } from '../http/endpoint.ts';
import type { RunOnce } from '../idempotency/run-once.ts';
import type { AcceptSends } from '../sends/accept-sends.ts';
import type { SendLookup } from '../sends/send-lookup.ts';
import { sendStatus } from './send-status.ts';
import { marketingSingleSend, singleSend } from './single-send.ts';

export type EndpointsDeps = Readonly<{
  acceptSends: AcceptSends;
  findSend: SendLookup;
  runOnce: RunOnce;
  /** Largest body with attachments, and without. */
  sendBytesMax: number;
  bodyBytesMax: number;
}>;

/** Every endpoint of the API, the busiest first: Express looks through them in this order. */
export function createEndpoints(deps: EndpointsDeps): Endpoint[] {
  return [singleSend(deps), sendStatus(deps), marketingSingleSend(deps)];
}
