import {
  AccountChange,
  AccountId,
  AccountSettingsChange,
  AccountView,
  ManagedAccount,
  type Scope,
} from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { Account } from '@posthorn/store';
import { type KeepAccounts, managedAccountOf, settingsViewOf } from '../accounts/keep-accounts.ts';
import type { Principal } from '../auth/principal.ts';
import { type Endpoint, type RawCall, takesBody } from '../http/endpoint.ts';

export type AccountRoutesDeps = Readonly<{ keepAccounts: KeepAccounts }>;

const operator: readonly Scope[] = ['operator'];
const one = '/v1/accounts/:accountId';
const shared = { tag: 'Account', isRateLimited: true } as const;

/** Returns the endpoints that show and set accounts: the key's own, and any for an operator. Beyond HubSpot. */
export function accountEndpoints(deps: AccountRoutesDeps): Endpoint[] {
  return [getOwn(deps), changeOwn(deps), getAny(deps), changeAny(deps)];
}

function getOwn({ keepAccounts }: AccountRoutesDeps): Endpoint {
  return {
    ...{ ...shared, id: 'getAccount', method: 'get', paths: ['/v1/account'], scopes: [] },
    summary: 'Whose key this is, and how its account is set',
    description: 'Beyond HubSpot.',
    answers: { 200: { description: 'The account and the key.', schema: AccountView } },
    run: async ({ principal }) => ({
      status: 200,
      body: viewOf(await keepAccounts.find(principal.accountId), principal),
    }),
  };
}

function changeOwn({ keepAccounts }: AccountRoutesDeps): Endpoint {
  return {
    ...{ ...shared, id: 'changeAccount', method: 'patch', paths: ['/v1/account'] },
    scopes: ['account.write', 'operator'],
    summary: 'Set the account',
    description: 'What is left out stays as it is. In force within five seconds. Beyond HubSpot.',
    answers: { 200: { description: 'The account and the key.', schema: AccountView } },
    ...takesBody(AccountSettingsChange, async ({ principal, body }) => ({
      status: 200,
      body: viewOf(await keepAccounts.change(principal, body), principal),
    })),
  };
}

function getAny({ keepAccounts }: AccountRoutesDeps): Endpoint {
  return {
    ...{ ...shared, id: 'getAnyAccount', method: 'get', paths: [one], scopes: operator },
    summary: 'Read any account',
    answers: { 200: { description: 'The account.', schema: ManagedAccount } },
    run: async (call) => ({
      status: 200,
      body: managedAccountOf(await keepAccounts.find(accountIdOf(call))),
    }),
  };
}

function changeAny({ keepAccounts }: AccountRoutesDeps): Endpoint {
  return {
    ...{ ...shared, id: 'changeAnyAccount', method: 'patch', paths: [one], scopes: operator },
    summary: 'Set, suspend or resume any account',
    description: 'What is left out stays as it is. In force within five seconds.',
    answers: { 200: { description: 'The account.', schema: ManagedAccount } },
    ...takesBody(AccountChange, async (call) => ({
      status: 200,
      body: managedAccountOf(await keepAccounts.changeAny(accountIdOf(call), call.body)),
    })),
  };
}

function viewOf(account: Account, { keyId, scopes }: Principal): AccountView {
  const { accountId, name, isSuspended } = account;
  return { accountId, keyId, scopes: [...scopes], name, isSuspended, settings: settingsViewOf(account) };
}

/** Returns the account's id in the path; throws `not_found` for what is no id, as for one that is not there. */
export function accountIdOf({ params }: Pick<RawCall, 'params'>): number {
  const text = params['accountId'] ?? '';
  const id = AccountId.safeParse(/^\d+$/.test(text) ? Number(text) : Number.NaN);
  if (id.success) return id.data;
  throw new Fault('not_found', 'There is no such account.');
}
