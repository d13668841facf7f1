import { Fault } from '@posthorn/runtime';
import type { Pool, SendingIp } from '@posthorn/store';
import type { ApiDeps } from '../api.ts';
import { createFakeAccounts } from './fake-accounts.ts';

type Answer = <T>(value: T) => T;

/** For tests: addresses that no dispatcher announces, in an installation of development. */
export const testIps: ApiDeps['ips'] = {
  bound: { of: async () => 0, ofAny: async () => 0 },
  countQueued: async () => 0,
  blocklists: [],
  allowsPrivate: true,
  defaultPool: 'default',
};

/** For tests: the store's pools in a map, its addresses none; `answer` throws while MongoDB is to be away. */
export function createFakeIps(answer: Answer): Pick<ApiDeps['store'], 'ips' | 'pools' | 'accounts'> {
  const pools = new Map<string, Pool>([['default', { name: 'default', createdAtMs: 0 }]]);
  return {
    accounts: {
      ...createFakeAccounts(answer),
      listIdsInPool: async () => answer([]),
      listIdsGranted: async () => answer([]),
      listWithoutPools: async () => answer([]),
      recordPools: async () => undefined,
      grantPool: async () => answer(false),
      revokePool: async () => answer(false),
      revokePoolOfAll: async () => undefined,
    },
    pools: {
      find: async (name) => answer(pools.get(name) ?? null),
      list: async () => answer([...pools.values()]),
      insert: async (pool) => void pools.set(answer(pool).name, pool),
      remove: async (name) => answer(pools.delete(name)),
    },
    ips: {
      find: async () => answer(null),
      list: async () => answer<SendingIp[]>([]),
      insert: async () => {
        throw new Fault('conflict', 'taken');
      },
      update: async () => answer(null),
      remove: async () => answer(false),
    },
  };
}
