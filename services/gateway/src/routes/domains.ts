import {
  DomainCreateRequest,
  DomainListQuery,
  DomainPage,
  DomainView,
  type Scope,
} from '@posthorn/contracts';
import type { Installation } from '@posthorn/domains';
import { type Clock, Fault } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';
import type { ConnectDomains } from '../domains/connect-domains.ts';
import { domainViewOf } from '../domains/domain-view.ts';
import type { ListDomains } from '../domains/list-domains.ts';
import { type Endpoint, type EndpointShape, type RawCall, takesBody, takesQuery } from '../http/endpoint.ts';

export type DomainRoutesDeps = Readonly<{
  /** Null where this installation has no hosts for domains to point at (RETURN_PATH_HOST, TRACKING_URL). */
  sendingDomains: Readonly<{
    connect: ConnectDomains;
    list: ListDomains;
    installation: Installation;
  }> | null;
  clock: Clock;
}>;

const base = '/v1/domains';
const writers: readonly Scope[] = ['cms.domains.write'];
const readers: readonly Scope[] = ['cms.domains.read', ...writers];

/** Sending domains: connect one, see what to publish, have it checked, change its keys. Beyond HubSpot. */
export function domainEndpoints(deps: DomainRoutesDeps): Endpoint[] {
  return [
    addDomain(deps),
    listDomains(deps),
    getDomain(deps),
    verifyDomain(deps),
    rotateKeys(deps),
    removeDomain(deps),
  ];
}

function addDomain(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape(
      { id: 'createDomain', method: 'post', paths: [base], summary: 'Connect a domain' },
      writers,
    ),
    description:
      'Makes its DKIM keys and answers the DNS records to publish. 409 where the account has it, or 2,000 others. Another account may have the same domain: each has keys and records of its own.',
    answers: { 201: { description: 'The domain and its records.', schema: DomainView } },
    ...takesBody(DomainCreateRequest, async ({ principal, body }) => {
      const domain = await usable(deps).connect.add(principal.accountId, body);
      return { status: 201, body: viewOf(deps, domain) };
    }),
  };
}

function listDomains(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape({ id: 'listDomains', method: 'get', paths: [base], summary: 'List domains' }, readers),
    answers: { 200: { description: 'A page of domains by name.', schema: DomainPage } },
    ...takesQuery(DomainListQuery, async ({ principal }, query) => {
      const { total, domains, nextCursor } = await usable(deps).list(principal.accountId, query);
      const paging = nextCursor === undefined ? {} : { paging: { next: { after: nextCursor } } };
      const body: DomainPage = { total, results: domains.map((domain) => viewOf(deps, domain)), ...paging };
      return { status: 200, body };
    }),
  };
}

function getDomain(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape(
      { id: 'getDomain', method: 'get', paths: [`${base}/:domainId`], summary: 'Read a domain' },
      readers,
    ),
    answers: answersDomain,
    run: async (call) => {
      const domain = await usable(deps).connect.find(call.principal.accountId, idOf(call));
      return { status: 200, body: viewOf(deps, domain) };
    },
  };
}

function verifyDomain(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape(
      {
        id: 'verifyDomain',
        method: 'post',
        paths: [`${base}/:domainId/verify`],
        summary: 'Check a domain now',
      },
      writers,
    ),
    description:
      'Looks at every record in the DNS. It is done on a schedule too: every 5 minutes after something changed, daily when all is well.',
    answers: answersDomain,
    run: async (call) => {
      const domain = await usable(deps).connect.verify(call.principal.accountId, idOf(call));
      return { status: 200, body: viewOf(deps, domain) };
    },
  };
}

function rotateKeys(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape(
      {
        id: 'rotateDomainKeys',
        method: 'post',
        paths: [`${base}/:domainId/dkim/rotate`],
        summary: 'Change the DKIM keys of a domain',
      },
      writers,
    ),
    description:
      'Makes new keys under new selectors. Each signs once it is seen in the DNS; the present ones sign until then and stay listed until they are gone from the DNS. 409 while keys wait to be published.',
    answers: answersDomain,
    run: async (call) => {
      const domain = await usable(deps).connect.rotate(call.principal.accountId, idOf(call));
      return { status: 200, body: viewOf(deps, domain) };
    },
  };
}

function removeDomain(deps: DomainRoutesDeps): Endpoint {
  return {
    ...domainShape(
      { id: 'deleteDomain', method: 'delete', paths: [`${base}/:domainId`], summary: 'Disconnect a domain' },
      writers,
    ),
    description:
      'Deletes its private keys. Sends from it that are not signed yet are dropped with UNCONFIGURED_SENDING_DOMAIN.',
    answers: { 204: { description: 'Done.' } },
    run: async (call) => {
      await usable(deps).connect.remove(call.principal.accountId, idOf(call));
      return { status: 204 };
    },
  };
}

const answersDomain = { 200: { description: 'The domain and its records.', schema: DomainView } };

function domainShape<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(
  shape: Shape,
  scopes: readonly Scope[],
) {
  return { ...shape, scopes, tag: 'Domains', isRateLimited: true } as const;
}

function usable({ sendingDomains }: DomainRoutesDeps): NonNullable<DomainRoutesDeps['sendingDomains']> {
  if (sendingDomains) return sendingDomains;
  throw new Fault(
    'misconfigured',
    'This installation has no sending domains: set RETURN_PATH_HOST and TRACKING_URL for the gateway.',
  );
}

function viewOf(deps: DomainRoutesDeps, domain: Domain): DomainView {
  return domainViewOf(domain, usable(deps).installation, deps.clock.nowMs());
}

function idOf({ params }: RawCall): string {
  return params['domainId'] ?? '';
}
