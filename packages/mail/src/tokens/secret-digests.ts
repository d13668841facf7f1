import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { keyIdOf, secretsOf } from './instance-keys.ts';

/** Makes and checks what is stored of API keys and SMTP passwords. */
export type SecretDigests = Readonly<{
  /** Returns the digest to store: the id of the newest key, a dot, and HMAC-SHA-256 under it in base64url. */
  make: (secret: string) => string;
  /**
   * Compares a secret with a stored digest, in constant time. `outdated` is right too, and says that a digest under the
   * newest key should take the stored one's place, so that the older key can leave.
   */
  check: (secret: string, stored: string) => 'current' | 'outdated' | 'wrong';
  /** Tells whether the stored digest needs a key that is not the newest, or may need one: `check` would say `outdated`. */
  isOutdated: (stored: string) => boolean;
}>;

type Pepper = Readonly<{ id: string; key: KeyObject }>;

/** A digest and the id of its key; digests of older versions have no id. */
const named = /^([0-9a-f]{2})\.([\w-]{43})$/;

/**
 * Returns the digests of an installation under `POSTHORN_SECRET`: one secret, or several with commas between them, newest
 * first.
 *
 * No slow hash is needed for 178 random bits and more; the key makes a stolen database useless. A digest of an older
 * version does not name its key: it is tried under every key, and counts as outdated while there are several.
 */
export function digestsFromSecret(posthornSecret: string): SecretDigests {
  const peppers = secretsOf(posthornSecret).map(pepperOf);
  const [newest] = peppers;
  if (!newest) throw new RangeError('a digest needs at least one secret');

  const isOutdated = (stored: string) => {
    const id = named.exec(stored)?.[1];
    return id === undefined ? peppers.length > 1 : id !== newest.id;
  };
  return {
    make: (secret) => `${newest.id}.${digestOf(newest, secret)}`,
    check(secret, stored) {
      const [, id, digest = stored] = named.exec(stored) ?? [];
      const possible = id === undefined ? peppers : peppers.filter((pepper) => pepper.id === id);
      let isRight = false;
      for (const pepper of possible) isRight = isSame(digestOf(pepper, secret), digest) || isRight;
      if (!isRight) return 'wrong';
      return isOutdated(stored) ? 'outdated' : 'current';
    },
    isOutdated,
  };
}

function pepperOf(secret: string): Pepper {
  return {
    id: keyIdOf(secret).toString(16).padStart(2, '0'),
    key: createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'posthorn pepper v1', 32))),
  };
}

function digestOf({ key }: Pepper, secret: string): string {
  return createHmac('sha256', key).update(secret).digest('base64url');
}

function isSame(text: string, other: string): boolean {
  const [one, two] = [Buffer.from(text), Buffer.from(other)];
  return one.length === two.length && timingSafeEqual(one, two);
}
