import { accountOfSmtpTokenId, type SecretDigests } from '@posthorn/mail';
import { type Clock, isFault, type Logger } from '@posthorn/runtime';
import type { StoredSmtpToken } from '@posthorn/store';
import type { AccountFinder } from '../smtp/judge-envelope.ts';
import { refusals, type SmtpRefusal } from '../smtp/smtp-refusal.ts';
import { countLogin } from '../telemetry.ts';
import type { LockOut } from './lock-out.ts';
import type { TokenBook } from './token-book.ts';

export type CheckLoginDeps = Readonly<{
  book: TokenBook;
  lockOut: LockOut;
  digests: SecretDigests;
  accounts: AccountFinder;
  /** Where a digest under an older key is replaced; may fail. */
  tokens: { renewDigest: (id: string, digests: { from: string; to: string }) => Promise<void> };
  clock: Clock;
  log: Logger;
  /** Resolves after that many milliseconds. */
  wait: (ms: number) => Promise<unknown>;
}>;

/** What a client said of itself, and where from. */
export type GivenLogin = Readonly<{ userName: string; password: string; actsAs: string; client: string }>;

export type LoginResult =
  | Readonly<{ kind: 'in'; token: StoredSmtpToken }>
  | Readonly<{ kind: 'refused'; refusal: SmtpRefusal }>;

/** Compared with where there is no such token, so that an unknown name takes as long as a wrong password. */
const noDigest = 'A'.repeat(43);
const delayStepMs = 1_000;
const delayMsMax = 8_000;

/**
 * Makes the check of AUTH (RFC 4954): user name and password are those of an SMTP token.
 *
 * An unknown name and a wrong password get the same answer, later with each failure (row S06). Acting as somebody else
 * (an authzid of its own) is a failure too (row S07).
 */
export function createCheckLogin(deps: CheckLoginDeps) {
  const { book, lockOut, clock, log, wait } = deps;

  async function prove({ userName, password, actsAs }: GivenLogin): Promise<StoredSmtpToken | null> {
    const isName = accountOfSmtpTokenId(userName) !== null && (actsAs === '' || actsAs === userName);
    const known = isName ? await book.find(userName) : null;
    if (isRight(deps, password, known)) return known;
    // The password may be newer than what is known here.
    const newer = known && (await book.findNewer(known));
    return newer && isRight(deps, password, newer) ? newer : null;
  }

  async function fail({ client, userName }: GivenLogin): Promise<LoginResult> {
    const failures = await lockOut.fail(client, userName);
    countLogin(1, { result: 'wrong' });
    log.warn({ client, failures }, 'login failed');
    await wait(Math.min(failures * delayStepMs, delayMsMax));
    return refuse(refusals.wrongLogin());
  }

  return async (login: GivenLogin): Promise<LoginResult> => {
    if (await lockOut.isLocked(login.client, login.userName)) {
      countLogin(1, { result: 'locked' });
      return refuse(refusals.lockedOut());
    }
    try {
      const token = await prove(login);
      if (!token) return await fail(login);
      if (isExpired(token, clock.nowMs())) return refuse(refusals.expiredToken());
      const account = await deps.accounts.find(token.accountId);
      if (account?.isSuspended) return refuse(refusals.suspendedLogin());
      countLogin(1, { result: 'in' });
      return { kind: 'in', token };
    } catch (error) {
      if (!isFault(error, 'unavailable')) throw error;
      countLogin(1, { result: 'unavailable' });
      return refuse(refusals.loginUnavailable());
    }
  };
}
export type CheckLogin = ReturnType<typeof createCheckLogin>;

/** Compares the password with the token's digest, and has a digest under an older key replaced, in the background. */
function isRight(
  { digests, tokens, log }: CheckLoginDeps,
  password: string,
  token: StoredSmtpToken | null,
): boolean {
  const result = digests.check(password, token?.digest ?? noDigest);
  if (token && result === 'outdated')
    tokens
      .renewDigest(token.id, { from: token.digest, to: digests.make(password) })
      .catch((err: unknown) => log.debug({ err, smtpTokenId: token.id }, 'token digest not renewed'));
  return result !== 'wrong';
}

/** Whether the token is as good as deleted. */
export function isExpired({ expiresAtMs }: Pick<StoredSmtpToken, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs !== undefined && nowMs >= expiresAtMs;
}

const refuse = (refusal: SmtpRefusal): LoginResult => ({ kind: 'refused', refusal });
