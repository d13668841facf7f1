import {
  chooseDomain,
  coveringNames,
  signingSelectors,
  usableReturnPathHost,
  usableTrackingHost,
} from '@posthorn/domains';
import { generateDkimKeys } from '@posthorn/mail';
import { type Clock, Fault, isFault } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';
import { createStaleCache } from './stale-cache.ts';
import type { SigningKey } from './work/render-task.ts';

/** The stored domains and keys, as far as the renderer uses them. */
export type SenderStore = Readonly<{
  findDomains: (accountId: number, names: readonly string[]) => Promise<readonly Domain[]>;
  findKeys: (
    accountId: number,
    domain: string,
    selectors: readonly string[],
  ) => Promise<readonly SigningKey[]>;
  insertKey: (key: SigningKey & { accountId: number; createdAtMs: number }) => Promise<void>;
}>;

/** As what a From domain's mail leaves: who signs it, and under which names it is tracked and bounces come back. */
export type Sender = Readonly<{
  keys: readonly SigningKey[];
  /** Absent: the installation's own. */
  trackingUrl?: string;
  returnPathHost?: string;
}>;

export type Senders = Readonly<{
  /**
   * The sender for an account's From domain; null where no verified domain covers it. Throws Faults of the store, and
   * `misconfigured` where a key is not there that should sign.
   */
  find: (accountId: number, fromDomain: string) => Promise<Sender | null>;
}>;

const freshMs = 30_000;
const devSelectors = { 'rsa-sha256': 'dev-rsa', 'ed25519-sha256': 'dev-ed25519' } as const;

/**
 * Finds senders and keeps them for half a minute, longer while MongoDB is away.
 *
 * With `allowsAnyDomain` (development) a From domain that no verified domain covers gets a pair of keys on its first
 * use, which stays.
 */
export function createSenders({
  store,
  clock,
  trackingUrl,
  allowsAnyDomain,
}: {
  store: SenderStore;
  clock: Clock;
  /** The installation's; a domain's own host takes its place in it. */
  trackingUrl: string;
  allowsAnyDomain: boolean;
}): Senders {
  const cache = createStaleCache<Sender>({ load, clock, freshMs, max: 10_000 });

  async function load(key: string): Promise<Sender | null> {
    const [account = '', fromDomain = ''] = key.split(' ');
    const accountId = Number(account);
    const domains = await store.findDomains(accountId, coveringNames(fromDomain));
    const domain = chooseDomain(domains, fromDomain, clock.nowMs());
    if (domain) return senderOf(domain);
    return allowsAnyDomain ? { keys: await devKeys(accountId, fromDomain) } : null;
  }

  async function senderOf(domain: Domain): Promise<Sender> {
    const selectors = signingSelectors(domain);
    const keys = await store.findKeys(domain.accountId, domain.domain, selectors);
    if (keys.length < selectors.length)
      throw new Fault('misconfigured', 'A private key of a verified domain is not there.');
    const [trackingHost, returnPathHost] = [usableTrackingHost(domain), usableReturnPathHost(domain)];
    return {
      keys: inOrder(selectors, keys),
      ...(trackingHost !== null && { trackingUrl: withHost(trackingUrl, trackingHost) }),
      ...(returnPathHost !== null && { returnPathHost }),
    };
  }

  async function devKeys(accountId: number, domain: string): Promise<readonly SigningKey[]> {
    const selectors = Object.values(devSelectors);
    const found = await store.findKeys(accountId, domain, selectors);
    if (found.length > 0) return inOrder(selectors, found);
    const { rsa, ed25519 } = await generateDkimKeys();
    try {
      for (const { algorithm, privateKeyPem } of [rsa, ed25519])
        await store.insertKey({
          ...{ accountId, domain, selector: devSelectors[algorithm], algorithm, privateKeyPem },
          createdAtMs: clock.nowMs(),
        });
    } catch (error) {
      // Another renderer was faster: its keys count.
      if (!isFault(error, 'conflict')) throw error;
    }
    return inOrder(selectors, await store.findKeys(accountId, domain, selectors));
  }

  return { find: (accountId, fromDomain) => cache.get(`${accountId} ${fromDomain}`) };
}

/** Only what a thread needs of the keys, as `selectors` orders them. */
function inOrder(selectors: readonly string[], keys: readonly SigningKey[]): SigningKey[] {
  return selectors.flatMap((wanted) =>
    keys
      .filter(({ selector }) => selector === wanted)
      .map(({ domain, selector, algorithm, privateKeyPem }) => ({
        ...{ domain, selector, algorithm, privateKeyPem },
      })),
  );
}

function withHost(url: string, host: string): string {
  const named = new URL(url);
  named.hostname = host;
  return named.href.replace(/\/+$/, '');
}
