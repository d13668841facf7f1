import { accountScopes, Scope } from '@posthorn/contracts';
import { generateApiKey } from '@posthorn/mail';
import { Fault } from '@posthorn/runtime';
import type { ApiKey } from '@posthorn/store';
import { requireAccount, requireName } from './accounts.ts';
import type { AdminAnswer, AdminDeps, AdminValues } from './admin-answer.ts';

const dayMs = 24 * 60 * 60_000;
const daysMax = 3_650;

/** `keys create`: makes a key and shows it, this once; what is stored is a digest of its secret. */
export async function createKey(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const name = requireName(values);
  const scopes = scopesOf(values);
  const expiresAtMs = expiryOf(values, deps.nowMs);
  const { id, secret, key } = generateApiKey();
  const digest = deps.digests.make(secret);
  await deps.store.apiKeys.insert({
    id,
    accountId,
    digest,
    scopes,
    name,
    createdAtMs: deps.nowMs,
    ...(expiresAtMs && { expiresAtMs }),
  });
  const text = `${key}\n\nKey ${id} of account ${accountId}, for ${scopes.join(', ')}. It is not shown again.`;
  return { text, json: { key, keyId: id, accountId, name, scopes, ...(expiresAtMs && { expiresAtMs }) } };
}

/** `keys list`: an account's keys, without their secrets. */
export async function listKeys(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  const keys = await deps.store.apiKeys.list(accountId);
  const lines = keys.map(
    (key) => `${key.id}  ${stateOf(key, deps.nowMs).padEnd(8)}  ${key.name}  (${key.scopes.join(', ')})`,
  );
  const json = keys.map(({ digest: _, ...key }) => ({ ...key, state: stateOf({ ...key }, deps.nowMs) }));
  return { text: lines.join('\n') || 'No keys yet.', json };
}

/** `keys revoke`: ends a key, within five seconds everywhere. */
export async function revokeKey(values: AdminValues, deps: AdminDeps): Promise<AdminAnswer> {
  const { accountId } = await requireAccount(values, deps);
  // The whole key is taken too: whoever revokes one that leaked has that at hand.
  const id = /^ph_live_([0-9A-Za-z]{12})_/.exec(values.key ?? '')?.[1] ?? values.key;
  if (!id) throw new Fault('invalid_request', '--key is missing: the key’s id, from keys list.');
  const isDone = await deps.store.apiKeys.revoke(accountId, id, deps.nowMs);
  if (!isDone) throw new Fault('not_found', `Account ${accountId} has no key with this id. See: keys list`);
  return { text: `Key ${id} is revoked.`, json: { keyId: id, revoked: true } };
}

/** Returns the scopes of `--scopes`. `all` stands for the account's own; one of the operator's has to be named. */
function scopesOf({ scopes = 'all' }: AdminValues): Scope[] {
  const names = scopes
    .split(',')
    .map((name) => name.trim())
    .flatMap((name): readonly string[] => (name === 'all' ? accountScopes : [name]));
  const parsed = names.map((name) => Scope.safeParse(name));
  const wrong = names.filter((_, index) => !parsed[index]?.success);
  if (wrong.length > 0)
    throw new Fault(
      'invalid_request',
      `No such scope: ${wrong.join(', ')}. There are: ${Scope.options.join(', ')}; all stands for all but operator.`,
    );
  return [...new Set(parsed.flatMap(({ data }) => (data ? [data] : [])))];
}

function expiryOf({ days }: AdminValues, nowMs: number): number | undefined {
  if (days === undefined) return undefined;
  const count = Number(days);
  if (Number.isInteger(count) && count >= 1 && count <= daysMax) return nowMs + count * dayMs;
  throw new Fault('invalid_request', `--days must be a number from 1 to ${daysMax}.`);
}

function stateOf(
  { revokedAtMs, expiresAtMs }: Pick<ApiKey, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): string {
  if (revokedAtMs) return 'revoked';
  return expiresAtMs && expiresAtMs <= nowMs ? 'expired' : 'active';
}
