import { Fault } from '@posthorn/runtime';
import { createPoolGrants } from '../pools/pool-grants.ts';
import { requireAccount } from './accounts.ts';
import type { AdminAnswer, AdminDeps, AdminValues } from './admin-answer.ts';

/** `pools list`: every pool and the accounts that may send by it. */
export async function listPools(_values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const grants = poolGrantsOf(deps);
  const names = (await deps.store.pools.list()).map(({ name }) => name);
  const json = await Promise.all(
    [...new Set([...names, deps.defaultPool])].map(async (name) => ({
      name,
      isDefault: name === deps.defaultPool,
      accounts: await grants.list(name),
    })),
  );
  const lines = json.map(
    ({ name, isDefault, accounts }) => `${name.padEnd(20)}${isDefault ? 'everyone' : accounts.join(', ')}`,
  );
  return { text: lines.join('\n'), json };
}

/** `pools grant`: lets an account's emails name a pool. */
export async function grantPool(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const pool = requirePool(values);
  await poolGrantsOf(deps).grant(accountId, pool);
  return {
    text: `Account ${accountId} may send by the pool ${pool}.`,
    json: { accountId, pool, granted: true },
  };
}

/** `pools revoke`: takes a pool from an account; sends of emails that name it leave by the account's or the default one. */
export async function revokePool(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const pool = requirePool(values);
  await poolGrantsOf(deps).revoke(accountId, pool);
  return {
    text: `Account ${accountId} may not send by the pool ${pool} any more.`,
    json: { accountId, pool, granted: false },
  };
}

/** Returns the grants of the installation that the command works on. */
export function poolGrantsOf({ store, defaultPool }: AdminDeps) {
  return createPoolGrants({ ...store, defaultPool });
}

function requirePool({ pool }: AdminValues): string {
  if (pool) return pool;
  throw new Fault('invalid_request', '--pool is missing: a pool’s name, from pools list.');
}
