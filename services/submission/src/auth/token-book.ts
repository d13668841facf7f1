import { type Clock, createFreshCache, isFault } from '@posthorn/runtime';
import type { StoredSmtpToken } from '@posthorn/store';

/** Where SMTP tokens are; `find` throws `Fault('unavailable')` while MongoDB is away. */
export type TokenFinder = Readonly<{ find: (id: string) => Promise<StoredSmtpToken | null> }>;

/** The SMTP tokens, as far as submission knows them. */
export type TokenBook = Readonly<{
  /** The token, or null where there is none (any more). Serves what it knew while MongoDB is away, else throws `unavailable`. */
  find: (id: string) => Promise<StoredSmtpToken | null>;
  /** Asks MongoDB whether the token is another one than `find` gave; null where it is not, or cannot be asked. */
  findNewer: (known: StoredSmtpToken) => Promise<StoredSmtpToken | null>;
  /** Forgets a token that was changed: it is read again, and unknown until it can be. */
  forget: (id: string) => void;
  /** Looks at every token again before it is believed; they still serve while MongoDB is away. */
  doubtAll: () => void;
}>;

/** Without any notice a changed token is noticed within this time. */
const freshMs = 30_000;
const tokensMax = 50_000;

export function createTokenBook({ tokens, clock }: { tokens: TokenFinder; clock: Clock }): TokenBook {
  const cache = createFreshCache<StoredSmtpToken>({
    load: (id) => tokens.find(id),
    ...{ clock, freshMs, absentMs: 0, max: tokensMax },
  });

  async function findNewer({ id, generation }: StoredSmtpToken): Promise<StoredSmtpToken | null> {
    try {
      const stored = await tokens.find(id);
      if (stored?.generation === generation) return null;
      cache.forget(id);
      return stored;
    } catch (error) {
      if (isFault(error, 'unavailable')) return null;
      throw error;
    }
  }

  return { find: cache.get, findNewer, forget: cache.forget, doubtAll: cache.expireAll };
}
