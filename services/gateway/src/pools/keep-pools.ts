import { defaultPool as builtInPool, type PoolName, type PoolView } from '@posthorn/contracts';
import { type Clock, Fault, isFault } from '@posthorn/runtime';
import type { BoundAddresses } from '@posthorn/shaping';
import type {
  AccountRepository,
  EmailRepository,
  EmailVersionRepository,
  IpRepository,
  Pool,
  PoolRepository,
  SendingIp,
} from '@posthorn/store';
import { invalid } from '../ips/ip-input.ts';
import type { PoolGrants } from './pool-grants.ts';

export type KeepPoolsDeps = Readonly<{
  pools: Pick<PoolRepository, 'find' | 'list' | 'insert' | 'remove'>;
  ips: Pick<IpRepository, 'list'>;
  accounts: Pick<AccountRepository, 'listIdsInPool'>;
  emails: Pick<EmailRepository, 'find'>;
  emailVersions: Pick<EmailVersionRepository, 'listInPool'>;
  grants: Pick<PoolGrants, 'list' | 'forget'>;
  bound: Pick<BoundAddresses, 'ofAny'>;
  /** How many bags and parked items are in the queue of a pool. Throws `unavailable` where Redis is away. */
  countQueued: (pool: PoolName) => Promise<number>;
  /** The pool of mail that names none. */
  defaultPool: PoolName;
  clock: Clock;
}>;

/** What an operator does with pools. */
export type KeepPools = Readonly<{
  defaultPool: PoolName;
  list: () => Promise<PoolView[]>;
  /** Throws `not_found`. */
  find: (name: string) => Promise<PoolView>;
  /** Throws `conflict` where there is one of this name. */
  add: (name: PoolName) => Promise<PoolView>;
  /** Throws `conflict` while it has addresses or mail, or something names it; `not_found`. */
  remove: (name: string) => Promise<void>;
  /** Throws a 400 about the field `pool` where there is none of this name. */
  require: (name: PoolName) => Promise<void>;
}>;

/** Makes it. */
export function createKeepPools(deps: KeepPoolsDeps): KeepPools {
  const { pools, ips, grants, defaultPool, clock } = deps;
  const isFixed = (name: string) => name === defaultPool || name === builtInPool;
  /** The installation's default is a pool whether or not somebody made it. */
  const findRow = async (name: string): Promise<Pool | null> =>
    (await pools.find(name)) ?? (name === defaultPool ? { name, createdAtMs: 0 } : null);

  async function listRows(): Promise<Pool[]> {
    const rows = await pools.list();
    if (rows.some(({ name }) => name === defaultPool)) return rows;
    return [...rows, { name: defaultPool, createdAtMs: 0 }].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    defaultPool,
    async list() {
      const [rows, all] = await Promise.all([listRows(), ips.list()]);
      const byPool = Map.groupBy(all, ({ pool }) => pool);
      return Promise.all(rows.map((row) => viewOf(row, byPool.get(row.name) ?? [], deps)));
    },
    find: async (name) => viewOf(found(await findRow(name)), await ips.list({ pool: name }), deps),
    async add(name) {
      const row = { name, createdAtMs: clock.nowMs() };
      // A process that ended while it deleted a pool of this name may have left its grants.
      if (!(await findRow(name))) await grants.forget(name);
      await pools.insert(row);
      return viewOf(row, [], deps);
    },
    async remove(name) {
      const row = found(await findRow(name));
      if (isFixed(name)) throw new Fault('conflict', 'The default pool cannot be deleted.');
      await requireUnused(name, deps);
      await pools.remove(name);
      await restoreWhereUsed(row, deps);
      await grants.forget(name);
    },
    async require(name) {
      if (await findRow(name)) return;
      const names = (await listRows()).map((row) => row.name).slice(0, 20);
      throw invalid('pool', `must be a pool that there is: ${names.join(', ')}`);
    },
  };
}

async function viewOf(
  { name, createdAtMs }: Pool,
  ips: readonly SendingIp[],
  { bound, grants, defaultPool }: KeepPoolsDeps,
): Promise<PoolView> {
  const dispatchers = ips.length === 0 ? undefined : await countDispatchers(ips, bound);
  const accounts = await grants.list(name);
  return {
    ...{ name, isDefault: name === defaultPool },
    ips: ips.map(({ id, address, state }) => ({ id, address, state })),
    accounts,
    ...(dispatchers !== undefined && { dispatchers }),
    ...(createdAtMs > 0 && { createdAt: new Date(createdAtMs).toISOString() }),
  };
}

async function countDispatchers(
  ips: readonly SendingIp[],
  bound: KeepPoolsDeps['bound'],
): Promise<number | undefined> {
  try {
    return await bound.ofAny(ips.map(({ address }) => address));
  } catch (error) {
    if (isFault(error, 'unavailable')) return undefined;
    throw error;
  }
}

/** Old versions that name a pool are looked through so far; they are the newest ones. */
const versionsMax = 1_000;

/** Mail of an account or email whose pool is gone would wait for dispatchers that nobody starts. */
async function requireUnused(
  name: string,
  { ips, accounts, emails, emailVersions, countQueued }: KeepPoolsDeps,
): Promise<void> {
  const inPool = await ips.list({ pool: name });
  if (inPool.length > 0)
    throw new Fault('conflict', `The pool still has IPs (${inPool.length}): move or delete them first.`);
  const [account] = await accounts.listIdsInPool(name, 1);
  if (account !== undefined)
    throw new Fault('conflict', `Account ${account} sends by this pool: give it another first.`);
  for (const { accountId, emailId, version } of await emailVersions.listInPool(name, versionsMax)) {
    const email = await emails.find(accountId, emailId);
    if (email?.isPublished && email.publishedVersion === version)
      throw new Fault('conflict', `Email ${emailId} is sent by this pool: publish it with another first.`);
  }
  if ((await countQueued(name)) > 0)
    throw new Fault('conflict', 'Mail waits in the queue of this pool: give it an IP until all has left.');
}

/** An address may have come into the pool meanwhile. */
async function restoreWhereUsed(row: Pool, deps: KeepPoolsDeps): Promise<void> {
  if ((await deps.ips.list({ pool: row.name })).length === 0) return;
  await deps.pools.insert(row);
  throw new Fault('conflict', 'The pool got an IP at the same moment.');
}

function found(row: Pool | null): Pool {
  if (row) return row;
  throw new Fault('not_found', 'There is no such pool.');
}
