import { generateDkimKeys } from '@posthorn/mail';
import { type Clock, isFault } from '@posthorn/runtime';
import { createStaleCache } from './stale-cache.ts';
import type { SigningKey } from './work/render-task.ts';

/** The stored keys, as far as the renderer uses them. */
export type KeyStore = Readonly<{
  find: (accountId: number, domain: string) => Promise<readonly SigningKey[]>;
  insert: (key: SigningKey & { accountId: number; createdAtMs: number }) => Promise<void>;
}>;

export type SigningKeys = Readonly<{
  /** The keys that sign for an account's domain; empty where the domain is not set up. Throws Faults of the store. */
  keysFor: (accountId: number, domain: string) => Promise<readonly SigningKey[]>;
}>;

const freshMs = 30_000;

/**
 * Finds keys and keeps them for half a minute, longer while MongoDB is away.
 *
 * With `makesKeys` (development) a domain without keys gets a pair on its first use, which stays.
 */
export function createSigningKeys({
  store,
  clock,
  makesKeys,
}: {
  store: KeyStore;
  clock: Clock;
  makesKeys: boolean;
}): SigningKeys {
  const cache = createStaleCache<readonly SigningKey[]>({ load, clock, freshMs, max: 10_000 });

  async function load(key: string): Promise<readonly SigningKey[] | null> {
    const [accountId = '', domain = ''] = key.split(' ');
    const found = await store.find(Number(accountId), domain);
    if (found.length > 0) return newestOfEach(found);
    return makesKeys ? makeKeys(Number(accountId), domain) : null;
  }

  async function makeKeys(accountId: number, domain: string): Promise<readonly SigningKey[]> {
    const { rsa, ed25519 } = await generateDkimKeys();
    const made = [
      { domain, selector: 'dev-rsa', algorithm: rsa.algorithm, privateKeyPem: rsa.privateKeyPem },
      { domain, selector: 'dev-ed25519', algorithm: ed25519.algorithm, privateKeyPem: ed25519.privateKeyPem },
    ];
    try {
      for (const key of made) await store.insert({ ...key, accountId, createdAtMs: clock.nowMs() });
    } catch (error) {
      // Another renderer was faster: its keys count.
      if (!isFault(error, 'conflict')) throw error;
    }
    return newestOfEach(await store.find(accountId, domain));
  }

  return { keysFor: async (accountId, domain) => (await cache.get(`${accountId} ${domain}`)) ?? [] };
}

/** One key of each algorithm signs; `find` has the newest first. */
function newestOfEach(keys: readonly SigningKey[]): SigningKey[] {
  return (['rsa-sha256', 'ed25519-sha256'] as const).flatMap((wanted) => {
    const key = keys.find(({ algorithm }) => algorithm === wanted);
    return key
      ? [
          {
            domain: key.domain,
            selector: key.selector,
            algorithm: key.algorithm,
            privateKeyPem: key.privateKeyPem,
          },
        ]
      : [];
  });
}
