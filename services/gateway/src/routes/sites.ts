import { type Scope, SiteListQuery, SitePage, type SiteView } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { SiteView as ReadSite, SiteReader } from '@posthorn/shaping';
import type { Cursors } from '../http/cursors.ts';
import { type Endpoint, takesQuery } from '../http/endpoint.ts';

export type SiteRoutesDeps = Readonly<{ sites: SiteReader; cursors: Cursors }>;

const base = '/v1/sites';
const scopes: readonly Scope[] = ['operator'];
const defaultLimit = 100;

/** How fast receivers get mail, why, and how to end a slow time that has lost its reason. Beyond HubSpot. */
export function siteEndpoints(deps: SiteRoutesDeps): Endpoint[] {
  return [listSites(deps), liftOverride(deps)];
}

function listSites({ sites, cursors }: SiteRoutesDeps): Endpoint {
  return {
    ...{ id: 'listSites', method: 'get', paths: [base], tag: 'Sites', scopes, isRateLimited: true },
    summary: 'How fast receivers get mail, and why',
    description:
      'By site, then by sending address: those that were sent to within the last hour or two, and those with an override. A page may be shorter than asked for and still have a next one.',
    answers: { 200: { description: 'A page of sites.', schema: SitePage } },
    ...takesQuery(SiteListQuery, async ({ principal: { accountId } }, query) => {
      const { ip, site, limit = defaultLimit } = query;
      const list = { list: 'sites', accountId } as const;
      const after = cursors.open(list, query.after);
      const page = await sites.list({ ip, site, limit, after });
      const next = page.nextCursor !== undefined && { after: cursors.seal(list, page.nextCursor) };
      const body: SitePage = { results: page.sites.map(viewOf), ...(next && { paging: { next } }) };
      return { status: 200, body };
    }),
  };
}

function liftOverride({ sites }: SiteRoutesDeps): Endpoint {
  return {
    id: 'liftSiteOverride',
    method: 'delete',
    paths: [`${base}/overrides/:overrideId`],
    tag: 'Sites',
    summary: 'End a suspension or a slow time',
    description:
      'All dispatchers see it at once; what waits for it asks again within five minutes. The same reply may bring it about again.',
    scopes,
    isRateLimited: true,
    answers: { 204: { description: 'It is over.' } },
    run: async ({ params }) => {
      const isLifted = await sites.liftOverride(params['overrideId'] ?? '');
      if (!isLifted) throw new Fault('not_found', 'There is no override with this id.');
      return { status: 204 };
    },
  };
}

function viewOf(read: ReadSite): SiteView {
  const { site, ip, block, limits, inForce, openConnections, lineEndsAtMs, overrides } = read;
  const { connections, messagesPerMinute, suspendedUntilMs } = inForce;
  return {
    ...{ site, ip, rules: block, limits },
    inForce: {
      ...{ connections, messagesPerMinute },
      ...(suspendedUntilMs !== undefined && { suspendedUntil: isoOf(suspendedUntilMs) }),
    },
    openConnections,
    ...(lineEndsAtMs !== undefined && { lineEndsAt: isoOf(lineEndsAtMs) }),
    overrides: overrides.map(({ id, rule, kind, state, reply, sinceMs, untilMs, endMs }) => ({
      ...{ id, rule, kind, state, reply },
      ...{ since: isoOf(sinceMs), until: isoOf(untilMs), endsAt: isoOf(endMs) },
    })),
  };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
