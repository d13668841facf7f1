import {
  type Scope,
  SmtpApiTokenRequestEgg,
  SmtpApiTokenView,
  SmtpTokenListQuery,
  SmtpTokenPage,
} from '@posthorn/contracts';
import type { SmtpToken } from '@posthorn/store';
import { type Endpoint, type EndpointShape, type RawCall, takesBody, takesQuery } from '../http/endpoint.ts';
import { createdByOf } from '../smtp-tokens/created-by.ts';
import type { KeepSmtpTokens } from '../smtp-tokens/keep-smtp-tokens.ts';

export type SmtpTokenRoutesDeps = Readonly<{ smtpTokens: KeepSmtpTokens }>;

const scopes: readonly Scope[] = ['transactional-email'];

/** HubSpot's SMTP token API, version 3 and its dated twin (facts: HubSpot, section 2). */
export function smtpTokenEndpoints(deps: SmtpTokenRoutesDeps): Endpoint[] {
  return [listTokens(deps), createToken(deps), getToken(deps), removeToken(deps), resetPassword(deps)];
}

function listTokens({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({ id: 'listSmtpTokens', method: 'get', paths: pathsOf(''), summary: 'List SMTP tokens' }),
    description: 'Oldest first; expired ones are not among them.',
    answers: { 200: { description: 'A page of tokens.', schema: SmtpTokenPage } },
    ...takesQuery(SmtpTokenListQuery, async ({ principal: { accountId } }, query) => {
      const { tokens, nextCursor } = await smtpTokens.list(accountId, query);
      const body: SmtpTokenPage = {
        results: tokens.map((token) => viewOf(token)),
        ...(nextCursor !== undefined && { paging: { next: { after: nextCursor } } }),
      };
      return { status: 200, body };
    }),
  };
}

function createToken({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'createSmtpToken',
      method: 'post',
      paths: pathsOf(''),
      summary: 'Create an SMTP token',
    }),
    description:
      'Answers the password, which is not shown again. It expires after 12 months. 409 where the account has 1,000.',
    answers: { 201: { description: 'The token and its password.', schema: SmtpApiTokenView } },
    ...takesBody(SmtpApiTokenRequestEgg, async ({ principal, body, target }) => {
      const { accountId } = principal;
      const createdBy = createdByOf(principal);
      const { token, password } = await smtpTokens.create({ accountId, createdBy, ...body });
      const location = `${pathOf(target)}/${encodeURIComponent(token.id)}`;
      return { status: 201, headers: { location }, body: viewOf(token, password) };
    }),
  };
}

function getToken({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'getSmtpToken',
      method: 'get',
      paths: pathsOf('/:tokenId'),
      summary: 'Read an SMTP token',
    }),
    answers: { 200: { description: 'The token, without its password.', schema: SmtpApiTokenView } },
    run: async (call) => {
      const token = await smtpTokens.find(call.principal.accountId, idOf(call));
      return { status: 200, body: viewOf(token) };
    },
  };
}

function removeToken({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'deleteSmtpToken',
      method: 'delete',
      paths: pathsOf('/:tokenId'),
      summary: 'Delete an SMTP token',
    }),
    description: 'Nobody signs in with it any more. Mail that was accepted is sent; its statistics stay.',
    answers: { 204: { description: 'Done.' } },
    run: async (call) => {
      await smtpTokens.remove(call.principal.accountId, idOf(call));
      return { status: 204 };
    },
  };
}

function resetPassword({ smtpTokens }: SmtpTokenRoutesDeps): Endpoint {
  return {
    ...tokenShape({
      id: 'resetSmtpTokenPassword',
      method: 'post',
      paths: pathsOf('/:tokenId/password-reset'),
      summary: 'Give an SMTP token a new password',
    }),
    description: 'Answers the new password, which is not shown again. The old one is wrong at once.',
    answers: { 200: { description: 'The token and its new password.', schema: SmtpApiTokenView } },
    run: async (call) => {
      const { token, password } = await smtpTokens.reset(call.principal.accountId, idOf(call));
      return { status: 200, body: viewOf(token, password) };
    },
  };
}

function pathsOf(rest: string) {
  return [
    `/marketing/v3/transactional/smtp-tokens${rest}`,
    `/marketing/transactional/2026-03/smtp-tokens${rest}`,
  ] as const;
}

function tokenShape<Shape extends Pick<EndpointShape, 'id' | 'method' | 'paths' | 'summary'>>(shape: Shape) {
  return { ...shape, scopes, style: 'hubspot', tag: 'SMTP tokens', isRateLimited: true } as const;
}

function viewOf(token: SmtpToken, password?: string): SmtpApiTokenView {
  const { id, campaignName, emailCampaignId, createContact, createdAtMs, createdBy } = token;
  return {
    ...{ id, campaignName, emailCampaignId: String(emailCampaignId), createContact },
    ...{ createdAt: new Date(createdAtMs).toISOString(), createdBy },
    ...(password !== undefined && { password }),
  };
}

function idOf({ params }: RawCall): string {
  return params['tokenId'] ?? '';
}

/** The path that was called, without the slash that may end it. */
function pathOf(target: string): string {
  return target.replace(/^\S+ /, '').replace(/\/$/, '');
}
