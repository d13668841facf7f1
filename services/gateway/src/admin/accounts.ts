import { AccountId, AccountSettingsChange, OnAmbiguous } from '@posthorn/contracts';
import { Fault } from '@posthorn/runtime';
import type { Account } from '@posthorn/store';
import { managedAccountOf, settingsChangeOf } from '../accounts/keep-accounts.ts';
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
  const json = accounts.map(({ accountId, name, isSuspended, createdAtMs }) => ({
    ...{ accountId, name, isSuspended, createdAtMs },
  }));
  const lines = accounts.map(
    ({ accountId, name, isSuspended }) =>
      `${String(accountId).padEnd(12)}${name}${isSuspended ? ' (suspended)' : ''}`,
  );
  return { text: lines.join('\n') || 'No accounts yet.', json };
}

/** `accounts show`: an account, its settings and its pools. */
export async function showAccount(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const json = managedAccountOf(await requireAccount(values, deps));
  const { accountId, name, isSuspended, pools, settings } = json;
  const lines = Object.entries(settings).map(([setting, value]) => `${setting.padEnd(20)}${value}`);
  const state = isSuspended ? 'suspended' : 'active';
  return {
    text: [`Account ${accountId}: ${name}, ${state}`, `pools: ${pools.join(', ')}`, ...lines].join('\n'),
    json,
  };
}

/** `accounts set`: the account's settings; in force for sends within five seconds. */
export async function setAccount(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const given = { ...settingsOf(values), ...(await poolOf(values, deps)) };
  const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const change = AccountSettingsChange.parse(settings);
  if (Object.keys(settings).length === 0)
    throw new Fault('invalid_request', 'Nothing to set: give one of the settings that --help names.');
  if (change.pool) await poolGrantsOf(deps).grant(accountId, change.pool);
  await deps.store.accounts.updateSettings(accountId, settingsChangeOf(change));
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value ?? 'default'}`);
  return { text: `Account ${accountId} is set.\n${lines.join('\n')}`, json: { accountId, ...settings } };
}

/** `accounts suspend`: its calls but those that read are refused, and its logins by SMTP; within five seconds. */
export async function suspendAccount(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  return setSuspended(values, deps, true);
}

/** `accounts resume`: it goes on. */
export async function resumeAccount(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  return setSuspended(values, deps, false);
}

async function setSuspended(
  values: AdminValues,
  deps: AdminDeps,
  isSuspended: boolean,
): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  await deps.store.accounts.setSuspended(accountId, isSuspended);
  const text = `Account ${accountId} is ${isSuspended ? 'suspended' : 'active'}.`;
  return { text, json: { accountId, isSuspended } };
}

function settingsOf(values: AdminValues) {
  return {
    refuseHardBounced: flagOf(values, 'refuse-bounced'),
    refuseComplained: flagOf(values, 'refuse-complained'),
    dedupeMessageId: flagOf(values, 'dedupe-message-id'),
    trackOpens: flagOf(values, 'track-opens'),
    trackClicks: flagOf(values, 'track-clicks'),
    onAmbiguous: onAmbiguousOf(values),
    companyName: companyOf(values, 'company-name'),
    companyAddress: companyOf(values, 'company-address'),
    companyCity: companyOf(values, 'company-city'),
    companyState: companyOf(values, 'company-state'),
    companyZip: companyOf(values, 'company-zip'),
    companyCountry: companyOf(values, 'company-country'),
  };
}

type TextOption = Exclude<keyof AdminValues, 'no-pool'>;

function flagOf(values: AdminValues, option: TextOption): boolean | undefined {
  const given = values[option];
  if (given === undefined || given === 'yes' || given === 'no')
    return given === undefined ? undefined : given === 'yes';
  throw new Fault('invalid_request', `--${option} must be yes or no.`);
}

function onAmbiguousOf({ 'on-ambiguous': given }: AdminValues): OnAmbiguous | undefined {
  const parsed = OnAmbiguous.optional().safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Fault('invalid_request', `--on-ambiguous must be ${OnAmbiguous.options.join(' or ')}.`);
}

const companyLengthMax = 300;

function companyOf(values: AdminValues, option: TextOption): string | undefined {
  const given = values[option];
  if (given === undefined || given.length <= companyLengthMax) return given;
  throw new Fault('invalid_request', `--${option} must be at most ${companyLengthMax} characters.`);
}

/** The default pool of an installation is one, also before anybody made it; null: that one. */
async function poolOf(
  { pool, 'no-pool': hasNone }: AdminValues,
  { store, defaultPool }: AdminDeps,
): Promise<{ pool?: string | null }> {
  if (hasNone) return { pool: null };
  if (pool === undefined) return {};
  if (pool === defaultPool || (await store.pools.find(pool))) return { pool };
  const names = (await store.pools.list()).map(({ name }) => name);
  throw new Fault('invalid_request', `There is no pool "${pool}". There are: ${names.join(', ')}.`);
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
