import type {
  AccountChange,
  AccountSettingsChange,
  AccountSettingsView,
  ManagedAccount,
  PoolName,
} from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { Account, AccountRepository, SettingsChange } from '@posthorn/store';
import type { Principal } from '../auth/principal.ts';
import type { PoolGrants } from '../pools/pool-grants.ts';

export type KeepAccountsDeps = Readonly<{
  accounts: Pick<AccountRepository, 'find' | 'updateSettings' | 'setSuspended'>;
  poolGrants: Pick<PoolGrants, 'require' | 'grant'>;
}>;

/** Reads and changes accounts. All throw `not_found` where there is none; a change is in force within five seconds. */
export type KeepAccounts = Readonly<{
  find: (accountId: number) => Promise<Account>;
  /** Changes the caller's own account. Throws a 400 for a pool that it may not send by. */
  change: (caller: Principal, request: AccountSettingsChange) => Promise<Account>;
  /** Changes any account, as an operator may: a pool that it is to send by is granted to it. */
  changeAny: (accountId: number, request: AccountChange) => Promise<Account>;
}>;

/** Creates what keeps accounts. */
export function createKeepAccounts({ accounts, poolGrants }: KeepAccountsDeps): KeepAccounts {
  async function set(accountId: number, request: AccountSettingsChange): Promise<Account> {
    const change = settingsChangeOf(request);
    const isEmpty = Object.keys(change).length === 0;
    return found(await (isEmpty ? accounts.find(accountId) : accounts.updateSettings(accountId, change)));
  }

  return {
    find: async (accountId) => found(await accounts.find(accountId)),
    async change(caller, request) {
      if (request.pool) await poolGrants.require(caller, request.pool);
      return set(caller.accountId, request);
    },
    async changeAny(accountId, { isSuspended, ...request }) {
      if (request.pool) await poolGrants.grant(accountId, request.pool);
      const changed = await set(accountId, request);
      if (isSuspended === undefined) return changed;
      return found(await accounts.setSuspended(accountId, isSuspended));
    },
  };
}

/** Returns the settings as the store takes them: without what is left out, and with `undefined` where the pool is to go. */
export function settingsChangeOf({ pool, ...request }: AccountSettingsChange): SettingsChange {
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  return { ...given, ...(pool !== undefined && { pool: pool ?? undefined }) };
}

/** Returns an account's settings as they are answered. */
export function settingsViewOf({ settings }: Pick<Account, 'settings'>): AccountSettingsView {
  const { refuseHardBounced = false, refuseComplained = false, dedupeMessageId = false } = settings;
  return { ...settings, refuseHardBounced, refuseComplained, dedupeMessageId };
}

/** Returns an account as operators see it. */
export function managedAccountOf(account: Account): ManagedAccount {
  const { accountId, name, isSuspended, createdAtMs } = account;
  const pools: readonly PoolName[] = account.pools ?? [];
  return {
    ...{ accountId, name, isSuspended, settings: settingsViewOf(account), pools: [...pools] },
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

function found(account: Account | null): Account {
  if (account) return account;
  throw new Fault('not_found', 'There is no such account.');
}
