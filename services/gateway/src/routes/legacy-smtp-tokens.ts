import {
  LegacySmtpToken,
  LegacySmtpTokenList,
  LegacySmtpTokenRequest,
  posthornAppId,
  type Scope,
} from '@posthorn/contracts';
import type { SmtpToken } from '@posthorn/store';
import { type Endpoint, type EndpointShape, takesBody } from '../http/endpoint.ts';
import { createdByOf } from '../smtp-tokens/created-by.ts';
import type { SmtpTokenRoutesDeps } from './smtp-tokens.ts';

const scopes: readonly Scope[] = ['transactional-email'];
const base = '/email/public/v1/smtpapi/tokens';

/** HubSpot's SMTP token API, version 1 (facts: HubSpot, section 2): the same tokens in another shape. */
export function legacySmtpTokenEndpoints(deps: SmtpTokenRoutesDeps): Endpoint[] {
  return [listTokens(deps), createToken(deps), resetPassword(deps)];
}

function listTokens({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'listSmtpTokensLegacy',
      method: 'get',
      paths: [base],
      summary: 'List SMTP tokens (legacy v1)',
    }),
    description: 'All of them, oldest first.',
    answers: { 200: { description: 'The tokens.', schema: LegacySmtpTokenList } },
    run: async ({ principal: { accountId } }) => {
      const tokens = await smtpTokens.listAll(accountId);
      return { status: 200, body: tokens.map((token) => legacyViewOf(token)) satisfies LegacySmtpTokenList };
    },
  };
}

function createToken({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'createSmtpTokenLegacy',
      method: 'post',
      paths: [base],
      summary: 'Create an SMTP token (legacy v1)',
    }),
    description: 'Recipients become contacts. It expires after 12 months.',
    answers: { 200: { description: 'The token and its password.', schema: LegacySmtpToken } },
    ...takesBody(LegacySmtpTokenRequest, async ({ principal, body: { campaignName, createdBy } }) => {
      const { token, password } = await smtpTokens.create({
        ...{ accountId: principal.accountId, campaignName, createContact: true },
        createdBy: createdBy ?? createdByOf(principal),
      });
      return { status: 200, body: legacyViewOf(token, password) };
    }),
  };
}

function resetPassword({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'resetSmtpTokenPasswordLegacy',
      method: 'post',
      paths: [`${base}/:userName/password-reset`],
      summary: 'Give an SMTP token a new password (legacy v1)',
    }),
    answers: { 200: { description: 'The token and its new password.', schema: LegacySmtpToken } },
    run: async ({ principal: { accountId }, params }) => {
      const { token, password } = await smtpTokens.reset(accountId, params['userName'] ?? '');
      return { status: 200, body: legacyViewOf(token, password) };
    },
  };
}

function tokenShape<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, style: 'hubspot', tag: 'SMTP tokens', isRateLimited: true } as const;
}

function legacyViewOf(token: SmtpToken, password?: string): LegacySmtpToken {
  const { id: userName, accountId: portalId, campaignName, emailCampaignId, createdAtMs, createdBy } = token;
  return {
    ...{ portalId, userName, emailCampaignId, createdAt: createdAtMs, deleted: false, createdBy },
    ...{ appId: posthornAppId, campaignName },
    ...(password !== undefined && { password }),
    passwordHash: null,
  };
}
