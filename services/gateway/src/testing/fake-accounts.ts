import type { Account } from '@posthorn/store';
import type { KeepAccountsDeps } from '../accounts/keep-accounts.ts';

/** For tests: accounts in a map, each there from the start; `answer` throws while MongoDB is to be away. */
export function createFakeAccounts(answer: <T>(value: T) => T): KeepAccountsDeps['accounts'] {
  const accounts = new Map<number, Account>();
  const change = (accountId: number, changes: Partial<Account>) => {
    const changed = { ...(accounts.get(accountId) ?? anAccount(accountId)), ...changes };
    accounts.set(accountId, changed);
    return answer(changed);
  };
  return {
    find: async (accountId) => answer(change(accountId, {})),
    setSuspended: async (accountId, isSuspended) => change(accountId, { isSuspended }),
    updateSettings: async (accountId, { pool, ...given }) => {
      const { pool: _, ...settings } = change(accountId, {}).settings;
      return change(accountId, { settings: { ...settings, ...given, ...(pool && { pool }) } });
    },
  };
}

/** For tests: an account as it is made. */
export function anAccount(accountId: number): Account {
  return {
    ...{ accountId, name: 'Test', isSuspended: false, createdAtMs: 1, pools: [] },
    settings: {
      ...{ onAmbiguous: 'retry', trackOpens: true, trackClicks: true, companyName: 'Test' },
      ...{ companyAddress: '', companyCity: '', companyState: '', companyZip: '', companyCountry: '' },
    },
  };
}
