import type { PoolName } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { Account, AccountRepository, EmailVersionRepository, PoolRepository } from '@posthorn/store';
import type { Principal } from '../auth/principal.ts';
import { invalid } from '../ips/ip-input.ts';

export type PoolGrantsDeps = Readonly<{
  accounts: Pick<
    AccountRepository,
    | 'find'
    | 'grantPool'
    | 'revokePool'
    | 'revokePoolOfAll'
    | 'listIdsGranted'
    | 'listWithoutPools'
    | 'recordPools'
  >;
  pools: Pick<PoolRepository, 'find'>;
  emailVersions: Pick<EmailVersionRepository, 'listPools'>;
  /** The pool of mail that names none; it is everyone's. */
  defaultPool: PoolName;
}>;

/** Says which account may send by which pool. */
export type PoolGrants = Readonly<{
  /** Throws `not_found` where there is no such account or pool. */
  grant: (accountId: number, pool: PoolName) => Promise<void>;
  /** Throws `not_found` where the account has no such grant, `conflict` for the default pool. */
  revoke: (accountId: number, pool: PoolName) => Promise<void>;
  /** Takes the pool from everyone, for a pool that is gone. */
  forget: (pool: PoolName) => Promise<void>;
  /** Returns the accounts that may send by the pool, at most 1,000. */
  list: (pool: PoolName) => Promise<number[]>;
  /**
   * Throws a 400 about the field `pool` unless the caller's account may send by it. A pool that does not exist and one of
   * somebody else take the same look-up and get the same answer, so that nobody learns the names of others' pools.
   *
   * An operator's key may name any pool that exists, and thereby grants it to its account.
   */
  require: (caller: Pick<Principal, 'accountId' | 'scopes'>, pool: PoolName) => Promise<void>;
}>;

const listedMax = 1_000;
/** Most pools that a refusal names. */
const namedMax = 20;

/** Creates the grants of one installation. */
export function createPoolGrants(deps: PoolGrantsDeps): PoolGrants {
  const { accounts, pools, defaultPool } = deps;
  const recordOnce = createRecordOnce(deps);

  async function grant(accountId: number, pool: PoolName): Promise<void> {
    await recordOnce();
    if (pool === defaultPool) return requireAccount(await accounts.find(accountId));
    if (!(await pools.find(pool))) throw new Fault('not_found', 'There is no such pool.');
    if (!(await accounts.grantPool(accountId, pool))) requireAccount(null);
  }

  return {
    grant,
    async revoke(accountId, pool) {
      await recordOnce();
      if (pool === defaultPool)
        throw new Fault('conflict', 'The default pool is everyone’s: it cannot be taken from an account.');
      if (await accounts.revokePool(accountId, pool)) return;
      throw new Fault('not_found', 'This account has no grant of this pool.');
    },
    forget: accounts.revokePoolOfAll.bind(accounts),
    list: (pool) => accounts.listIdsGranted(pool, listedMax),
    async require({ accountId, scopes }, pool) {
      if (pool === defaultPool) return;
      await recordOnce();
      const granted = (await accounts.find(accountId))?.pools ?? [];
      if (granted.includes(pool)) return;
      if (scopes.has('operator') && (await pools.find(pool))) return grant(accountId, pool);
      const own = [defaultPool, ...granted].slice(0, namedMax).join(', ');
      throw invalid('pool', `must be a pool that this account may send by: ${own}`);
    },
  };
}

/**
 * Returns what writes down the pools of accounts from before there were grants: those that their settings and emails name.
 * It does so once; where it fails, the next call tries again.
 */
function createRecordOnce({ accounts, emailVersions }: PoolGrantsDeps): () => Promise<void> {
  const record = async () => {
    for (;;) {
      const old = await accounts.listWithoutPools(listedMax);
      for (const { accountId, settings } of old) {
        const named = await emailVersions.listPools(accountId);
        await accounts.recordPools(accountId, [
          ...new Set([...named, ...(settings.pool ? [settings.pool] : [])]),
        ]);
      }
      if (old.length < listedMax) return;
    }
  };
  let recorded: Promise<void> | undefined;
  return async () => {
    recorded ??= record();
    try {
      await recorded;
    } catch (error) {
      recorded = undefined;
      throw error;
    }
  };
}

function requireAccount(account: Account | null): void {
  if (!account) throw new Fault('not_found', 'There is no such account.');
}
