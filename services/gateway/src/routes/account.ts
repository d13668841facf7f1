import { AccountView } from '@posthorn/contracts';
import type { Endpoint } from '../http/endpoint.ts';

/** GET /v1/account: whose key this is and what it may do. Beyond HubSpot. */
export function account(): Endpoint {
  return {
    id: 'getAccount',
    method: 'get',
    paths: ['/v1/account'],
    tag: 'Account',
    summary: 'Whose key this is',
    description: 'Beyond HubSpot.',
    scopes: [],
    isRateLimited: true,
    answers: { 200: { description: 'The account and the key.', schema: AccountView } },
    run: async ({ principal: { accountId, keyId, scopes } }) => {
      const body: AccountView = { accountId, keyId, scopes: [...scopes] };
      return { status: 200, body };
    },
  };
}
