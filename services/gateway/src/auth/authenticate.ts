import { timingSafeEqual } from 'node:crypto';
import { parseApiKey, type SecretDigests } from '@posthorn/mail';
import { type Clock, createFreshCache, Fault, type Logger } from '@posthorn/runtime';
import type { Principal } from './principal.ts';

/** What is stored of an API key. */
export type ApiKeyRecord = Readonly<{
  id: string;
  accountId: number;
  /** See `digestsFromSecret`. */
  digest: string;
  scopes: readonly string[];
  expiresAtMs?: number | null | undefined;
  revokedAtMs?: number | null | undefined;
}>;

/** Where keys are; `find` throws `Fault('unavailable')` while MongoDB is away. */
export type ApiKeys = Readonly<{
  find: (id: string) => Promise<ApiKeyRecord | null>;
  /** Notes that a key was used; may fail. */
  touch: (id: string, atMs: number) => Promise<void>;
  /** Puts another digest of the same secret in the place of `from`; may fail. */
  renewDigest: (id: string, digests: { from: string; to: string }) => Promise<void>;
}>;

export type AuthenticateDeps = Readonly<{
  apiKeys: ApiKeys;
  accounts: { find: (accountId: number) => Promise<Readonly<{ isSuspended: boolean }> | null> };
  digests: SecretDigests;
  clock: Clock;
  log: Logger;
}>;

/** A revoked key stops working within this time, and an account is suspended. */
const freshMs = 5_000;
const absentMs = 1_000;
const keysMax = 10_000;
/** `lastUsedAt` is this coarse. */
const touchEveryMs = 60_000;
/** Compared with when there is no such key, so that an unknown id takes as long as a wrong secret. */
const noDigest = 'A'.repeat(43);

type Known = {
  readonly record: ApiKeyRecord;
  readonly principal: Principal;
  touchedAtMs: number;
  /** The secret, once its digest was found right: comparing with it spares a busy key an HMAC for each call. */
  proven: Buffer | null;
  /** Its digest is not under the newest key, and nothing was done about that yet. */
  isOutdated: boolean;
};

/**
 * Makes the check of `Authorization: Bearer ph_live_…` (row A05).
 *
 * It throws `Fault('unauthenticated')`, the same for a key that is malformed, unknown, wrong, revoked or expired; and
 * `Fault('unavailable')` for a key it has not seen while MongoDB is away. Keys it has seen go on working then.
 */
export function createAuthenticate(deps: AuthenticateDeps): (authorization?: string) => Promise<Principal> {
  const { apiKeys, accounts, digests, clock } = deps;
  const known = createFreshCache<Known>({
    clock,
    freshMs,
    absentMs,
    max: keysMax,
    load: async (id) => {
      const record = await apiKeys.find(id);
      if (!record) return null;
      const isSuspended = (await accounts.find(record.accountId))?.isSuspended ?? false;
      const principal = principalOf(record, isSuspended);
      return { record, principal, touchedAtMs: 0, proven: null, isOutdated: false };
    },
  });

  return async (authorization = '') => {
    const key = parseApiKey(tokenOf(authorization));
    if (key.kind === 'invalid') throw notAuthenticated();
    const found = await known.get(key.id);
    const isRight = prove(digests, found, key.secret);
    const nowMs = clock.nowMs();
    if (!found || !isRight || !isInForce(found.record, nowMs)) throw notAuthenticated();

    if (nowMs - found.touchedAtMs >= touchEveryMs) touch(deps, found, nowMs);
    if (found.isOutdated) renewDigest(deps, found, key.secret);
    return found.principal;
  };
}

/** In constant time, whether there is such a key or not. */
function prove(digests: SecretDigests, found: Known | null, secret: string): boolean {
  const given = Buffer.from(secret);
  if (found?.proven && given.length === found.proven.length && timingSafeEqual(given, found.proven))
    return true;
  const result = digests.check(secret, found?.record.digest ?? noDigest);
  if (!found || result === 'wrong') return false;
  found.proven = given;
  found.isOutdated = result === 'outdated';
  return true;
}

function tokenOf(authorization: string): string {
  return /^bearer +([\w-]+) *$/i.exec(authorization)?.[1] ?? '';
}

function principalOf({ accountId, id, scopes }: ApiKeyRecord, isSuspended: boolean): Principal {
  return { accountId, keyId: id, scopes: new Set(scopes), isSuspended };
}

function isInForce({ expiresAtMs, revokedAtMs }: ApiKeyRecord, nowMs: number): boolean {
  return !revokedAtMs && (!expiresAtMs || nowMs < expiresAtMs);
}

/** In the background: nobody waits for it, and a failure only leaves `lastUsedAt` behind. */
function touch({ apiKeys, log }: AuthenticateDeps, found: Known, nowMs: number): void {
  found.touchedAtMs = nowMs;
  apiKeys
    .touch(found.record.id, nowMs)
    .catch((err: unknown) => log.debug({ err, keyId: found.record.id }, 'key use not noted'));
}

/** In the background, and once for each time that the record is read: a failure leaves the old digest, which is still good. */
function renewDigest({ apiKeys, digests, log }: AuthenticateDeps, found: Known, secret: string): void {
  const { id, digest: from } = found.record;
  found.isOutdated = false;
  apiKeys
    .renewDigest(id, { from, to: digests.make(secret) })
    .catch((err: unknown) => log.debug({ err, keyId: id }, 'key digest not renewed'));
}

/** HubSpot's own words, without its links. */
function notAuthenticated(): Fault {
  return new Fault(
    'unauthenticated',
    'Authentication credentials not found or not valid. Send an API key as "Authorization: Bearer ph_live_…".',
  );
}
