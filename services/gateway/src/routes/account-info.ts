import {
  AccessToken,
  AccountDetails,
  ApiUsage,
  OwnerPage,
  PrivateAppToken,
  posthornAppId,
  TokenInfoRequest,
} from '@posthorn/contracts';
import type { Clock } from '@posthorn/runtime';
import type { Endpoint, EndpointShape, RawCall } from '../http/endpoint.ts';
import { takesBody } from '../http/endpoint.ts';
import { createdByOf } from '../smtp-tokens/created-by.ts';

export type AccountInfoDeps = Readonly<{ clock: Clock }>;

const int32Max = 2_147_483_647;
const dayMs = 24 * 60 * 60_000;
const hostName = /^[\w.-]{1,253}(?::\d{1,5})?$/;

/** What HubSpot's integrations ask when they start, to see that a key works (facts: HubSpot, section 8.1). */
export function accountInfoEndpoints(deps: AccountInfoDeps): Endpoint[] {
  return [
    accountDetails({
      id: 'getAccountDetails',
      paths: twins('/account-info', '/details'),
      summary: 'The account as HubSpot shows it',
    }),
    accountDetails({
      id: 'getIntegrationsMe',
      paths: ['/integrations/v1/me'],
      summary: 'The account as HubSpot shows it (legacy v1)',
    }),
    apiUsage(deps, {
      id: 'getPrivateAppsApiUsage',
      paths: twins('/account-info', '/api-usage/daily/private-apps'),
      summary: 'Calls of private apps on this day',
    }),
    apiUsage(deps, {
      id: 'getApiUsage',
      paths: twins('/account-info', '/api-usage/daily'),
      summary: 'Calls on this day',
    }),
    privateAppToken(),
    accessToken(),
    owners(),
  ];
}

type Named = Pick<EndpointShape, 'id' | 'paths' | 'summary'>;

function accountDetails(named: Named): Endpoint {
  return {
    ...accountShape({ ...named, method: 'get' }),
    answers: { 200: { description: 'The account.', schema: AccountDetails } },
    run: async (call) => {
      const body: AccountDetails = {
        portalId: call.principal.accountId,
        accountType: 'STANDARD',
        timeZone: 'UTC',
        utcOffset: '+00:00',
        utcOffsetMilliseconds: 0,
        companyCurrency: 'USD',
        additionalCurrencies: [],
        uiDomain: hostOf(call),
        dataHostingLocation: 'na1',
      };
      return { status: 200, body };
    },
  };
}

function apiUsage({ clock }: AccountInfoDeps, named: Named): Endpoint {
  return {
    ...accountShape({ ...named, method: 'get' }),
    description: 'There is no daily limit, so it is never near.',
    answers: { 200: { description: 'The use.', schema: ApiUsage } },
    run: async () => {
      const nowMs = clock.nowMs();
      const usage = {
        name: 'private-apps-api-calls-daily',
        usageLimit: int32Max,
        currentUsage: 0,
        collectedAt: new Date(nowMs).toISOString(),
        fetchStatus: 'SUCCESS',
        resetsAt: new Date((Math.floor(nowMs / dayMs) + 1) * dayMs).toISOString(),
      } as const;
      return { status: 200, body: { results: [usage] } satisfies ApiUsage };
    },
  };
}

function privateAppToken(): Endpoint {
  return {
    ...accountShape({
      id: 'getPrivateAppTokenInfo',
      method: 'post',
      paths: ['/oauth/v2/private-apps/get/access-token-info'],
      summary: 'Whose key a private app has',
    }),
    description: 'The key stands in the body; no `Authorization` is needed. 404 for a key that is not valid.',
    bodyBytesMax: 8 * 1024,
    keyOf: ({ json }) => String(Object(json).tokenKey),
    answers: { 200: { description: 'The account and what the key may do.', schema: PrivateAppToken } },
    ...takesBody(TokenInfoRequest, async ({ principal: { accountId, scopes } }) => {
      const body = { userId: accountId, hubId: accountId, appId: posthornAppId, scopes: [...scopes] };
      return { status: 200, body: body satisfies PrivateAppToken };
    }),
  };
}

function accessToken(): Endpoint {
  return {
    ...accountShape({
      id: 'getAccessTokenInfo',
      method: 'get',
      paths: ['/oauth/v1/access-tokens/:token'],
      summary: 'Whose key an app has',
    }),
    description: 'The key stands in the path; no `Authorization` is needed. 404 for a key that is not valid.',
    keyOf: ({ params }) => params['token'] ?? '',
    answers: { 200: { description: 'The account and what the key may do.', schema: AccessToken } },
    run: async (call) => {
      const { accountId, scopes } = call.principal;
      const body: AccessToken = {
        token: call.params['token'] ?? '',
        token_type: 'access',
        user: createdByOf(call.principal),
        user_id: accountId,
        hub_id: accountId,
        hub_domain: hostOf(call),
        app_id: posthornAppId,
        scopes: [...scopes],
        expires_in: int32Max,
      };
      return { status: 200, body };
    },
  };
}

function owners(): Endpoint {
  return {
    ...accountShape({
      id: 'listOwners',
      method: 'get',
      paths: twins('/crm', '/owners', '/crm/owners'),
      summary: 'List owners',
    }),
    description: 'An empty list: an account has keys and no users.',
    answers: { 200: { description: 'Nobody.', schema: OwnerPage } },
    run: async () => ({ status: 200, body: { results: [] } satisfies OwnerPage }),
  };
}

/** The path of version 3 and its dated twins. */
function twins(area: string, rest: string, dated?: string): readonly [string, ...string[]] {
  const pathOf = (date: string) => (dated ? `${dated}/${date}` : `${area}/${date}${rest}`);
  return [`${area}/v3${rest}`, pathOf('2025-09'), pathOf('2026-03'), pathOf('2026-09')];
}

function accountShape<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(
  shape: Shape,
) {
  return { ...shape, style: 'hubspot', tag: 'Account', scopes: [], isRateLimited: true } as const;
}

/** The host that was called, without its port; HubSpot names its own. */
function hostOf({ host = '' }: RawCall): string {
  return hostName.test(host) ? host.replace(/:\d+$/, '') : 'localhost';
}
