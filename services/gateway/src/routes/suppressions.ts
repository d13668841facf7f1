import {
  type Scope,
  SuppressionCreateRequest,
  SuppressionListQuery,
  SuppressionPage,
  SuppressionView,
} from '@posthorn/contracts';
import { parseMailbox } from '@posthorn/mail';
import { type Clock, Fault } from '@posthorn/runtime';
import type { SuppressedAddress, SuppressionRepository } from '@posthorn/store';
import type { Cursors } from '../http/cursors.ts';
import { type Endpoint, type EndpointShape, takesBody, takesQuery } from '../http/endpoint.ts';

export type SuppressionRoutesDeps = Readonly<{
  suppressions: Pick<SuppressionRepository, 'list' | 'addMany' | 'findMany' | 'remove'>;
  cursors: Cursors;
  clock: Clock;
}>;

const base = '/v1/suppressions';
const scopes: readonly Scope[] = ['transactional-email', 'marketing-email'];
const defaultLimit = 100;

/** The addresses an account should not write to: list them, add one, take one off. Beyond HubSpot. */
export function suppressionEndpoints(deps: SuppressionRoutesDeps): Endpoint[] {
  return [listSuppressions(deps), addSuppression(deps), removeSuppression(deps)];
}

function listSuppressions({ suppressions, cursors }: SuppressionRoutesDeps): Endpoint {
  return {
    ...shapeOf({
      id: 'listSuppressions',
      method: 'get',
      paths: [base],
      summary: 'List suppressed addresses',
    }),
    description:
      'By address. A bounce is one whose code blames the address (5.1.1, 5.1.10, 5.2.1), never a policy; transactional mail is still sent to all of them unless the account refuses bounced addresses.',
    answers: { 200: { description: 'A page of addresses.', schema: SuppressionPage } },
    ...takesQuery(SuppressionListQuery, async ({ principal: { accountId } }, query) => {
      const { origin, limit = defaultLimit } = query;
      const list = { list: 'suppressions', accountId } as const;
      const after = cursors.open(list, query.after);
      const page = await suppressions.list({
        accountId,
        limit,
        ...(origin && { origin }),
        ...(after !== undefined && { after }),
      });
      const next = page.nextCursor && { after: cursors.seal(list, page.nextCursor) };
      const body: SuppressionPage = {
        results: page.suppressions.map(viewOf),
        ...(next && { paging: { next } }),
      };
      return { status: 200, body };
    }),
  };
}

function addSuppression({ suppressions, clock }: SuppressionRoutesDeps): Endpoint {
  return {
    ...shapeOf({ id: 'createSuppression', method: 'post', paths: [base], summary: 'Suppress an address' }),
    description: 'Adds a reason of origin `manual`; one that is there is replaced.',
    answers: { 201: { description: 'The address and all its reasons.', schema: SuppressionView } },
    ...takesBody(SuppressionCreateRequest, async ({ principal: { accountId }, body }) => {
      const email = addressOf(body.email);
      const { reason } = body;
      const atMs = clock.nowMs();
      await suppressions.addMany([{ accountId, email, origin: 'manual', atMs, ...(reason && { reason }) }]);
      const found = (await suppressions.findMany(accountId, [email])).get(email);
      if (!found) throw new Fault('conflict', 'The address was taken off the list at the same moment.');
      return { status: 201, body: viewOf(found) };
    }),
  };
}

function removeSuppression({ suppressions, clock }: SuppressionRoutesDeps): Endpoint {
  return {
    ...shapeOf({
      id: 'deleteSuppression',
      method: 'delete',
      paths: [`${base}/:email`],
      summary: 'Take an address off the list',
    }),
    description: 'With all its reasons. What happens afterwards may put it there again.',
    answers: { 204: { description: 'It is off the list.' } },
    run: async ({ principal: { accountId }, params }) => {
      const isRemoved = await suppressions.remove(accountId, params['email'] ?? '', clock.nowMs());
      if (!isRemoved) throw new Fault('not_found', 'This address is not on the list.');
      return { status: 204 };
    },
  };
}

function shapeOf<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, tag: 'Suppressions', isRateLimited: true } as const;
}

/** The address as sends use it, so that both are the same; a name in front of it is no part of it. */
function addressOf(text: string): string {
  const parsed = parseMailbox(text);
  if (parsed.kind === 'mailbox') return parsed.mailbox.address;
  throw new Fault('invalid_request', 'email is not an email address.');
}

function viewOf({ email, origins }: SuppressedAddress): SuppressionView {
  return {
    email,
    origins: (['bounce', 'complaint', 'manual'] as const).flatMap((origin) => {
      const found = origins[origin];
      if (!found) return [];
      const { atMs, reason, status, statusId, eventId } = found;
      return {
        origin,
        at: new Date(atMs).toISOString(),
        ...(reason && { reason }),
        ...(status && { status }),
        ...(statusId && { statusId }),
        ...(eventId && { eventId }),
      };
    }),
  };
}
