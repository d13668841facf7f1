import { AccountId } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { Account } from '@posthorn/store';
import type { AdminAnswer, AdminDeps, AdminValues } from './admin-answer.ts';
import { poolGrantsOf } from './pools.ts';

const nameLengthMax = 200;

/** `accounts create`: a new account, which owns everything that is made with its keys. */
export async function createAccount(values: AdminValues, { store, nowMs }: AdminDeps): Promise<AdminAnswer> {
  const name = requireName(values);
  const { accountId } = await store.accounts.create({ name, createdAtMs: nowMs });
  return { text: `Account ${accountId} made: ${name}`, json: { accountId, name } };
}

/** `accounts list`: at most 1,000. */
export async function listAccounts(_values: AdminValues, { store }: AdminDeps): Promise<AdminAnswer> {
  const ids = await store.accounts.listIds();
  const accounts = (await Promise.all(ids.map((id) => store.accounts.find(id)))).filter(
    (account) => account !== null,
  );
  const json = accounts.map(({ accountId, name, createdAtMs }) => ({ accountId, name, createdAtMs }));
  const lines = accounts.map(({ accountId, name }) => `${String(accountId).padEnd(12)}${name}`);
  return { text: lines.join('\n') || 'No accounts yet.', json };
}

/** `accounts set`: the account's settings that can be set here; in force for sends a few seconds later. */
export async function setAccount(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const settings = { ...refuseBouncedOf(values), ...dedupeOf(values), ...(await poolOf(values, deps)) };
  if (Object.keys(settings).length === 0)
    throw new Fault(
      'invalid_request',
      'Nothing to set: give --refuse-bounced, --dedupe-message-id, --pool or --no-pool.',
    );
  if (settings.pool !== undefined) await poolGrantsOf(deps).grant(accountId, settings.pool);
  await deps.store.accounts.updateSettings(accountId, settings);
  return { text: textOf(accountId, settings), json: { accountId, ...settings } };
}

function refuseBouncedOf({ 'refuse-bounced': given }: AdminValues): { refuseHardBounced?: boolean } {
  return given === undefined ? {} : { refuseHardBounced: isYes('refuse-bounced', given) };
}

function dedupeOf({ 'dedupe-message-id': given }: AdminValues): { dedupeMessageId?: boolean } {
  return given === undefined ? {} : { dedupeMessageId: isYes('dedupe-message-id', given) };
}

function isYes(name: string, given: string): boolean {
  if (given === 'yes' || given === 'no') return given === 'yes';
  throw new Fault('invalid_request', `--${name} must be yes or no.`);
}

/** The default pool of an installation is one, also before anybody made it. */
async function poolOf(
  { pool, 'no-pool': hasNone }: AdminValues,
  deps: AdminDeps,
): Promise<{ pool?: string | undefined }> {
  if (hasNone) return { pool: undefined };
  if (pool === undefined) return {};
  if (pool === deps.defaultPool || (await deps.store.pools.find(pool))) return { pool };
  const names = (await deps.store.pools.list()).map(({ name }) => name);
  throw new Fault('invalid_request', `There is no pool "${pool}". There are: ${names.join(', ')}.`);
}

function textOf(
  accountId: number,
  settings: { refuseHardBounced?: boolean; dedupeMessageId?: boolean; pool?: string | undefined },
): string {
  const { refuseHardBounced, dedupeMessageId, pool } = settings;
  const does = refuseHardBounced ? 'drops' : 'sends';
  return [
    ...(refuseHardBounced === undefined
      ? []
      : [`Account ${accountId} ${does} mail to addresses that bounced.`]),
    ...(dedupeMessageId === undefined
      ? []
      : [`Account ${accountId} sends a repeated Message-ID ${dedupeMessageId ? 'once' : 'again'}.`]),
    ...('pool' in settings
      ? [`Account ${accountId} sends by ${pool ?? 'the installation’s default pool'}.`]
      : []),
  ].join('\n');
}

/** The account that `--account` names. Throws a Fault that says what is wrong with it. */
export async function requireAccount({ account }: AdminValues, { store }: AdminDeps): Promise<Account> {
  if (account === undefined) throw new Fault('invalid_request', '--account is missing: the account’s id.');
  const id = AccountId.safeParse(Number(account));
  if (!id.success) throw new Fault('invalid_request', '--account must be an account’s id, a number.');
  const found = await store.accounts.find(id.data);
  if (!found) throw new Fault('not_found', `There is no account ${id.data}. See: accounts list`);
  return found;
}

/** `--name`. Throws a Fault where it is missing or too long. */
export function requireName({ name }: AdminValues): string {
  const trimmed = name?.trim() ?? '';
  if (trimmed.length > 0 && trimmed.length <= nameLengthMax) return trimmed;
  throw new Fault('invalid_request', `--name is missing, or longer than ${nameLengthMax} characters.`);
}
