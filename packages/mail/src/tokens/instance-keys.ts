import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { createKeyring, type Keyring } from './keyring.ts';

/**
 * The keyring that every service of one installation derives from `POSTHORN_SECRET`.
 *
 * The variable holds one secret, or several with commas between them, oldest last: the first signs, all verify. A
 * secret's key id is its distance from the end, so putting a new one first leaves the ids of the others alone.
 * Throws RangeError when one is shorter than 32 bytes.
 */
export function keyringFromSecret(posthornSecret: string): Keyring {
  const secrets = posthornSecret.split(',');
  return createKeyring(secrets.map((secret, index) => ({ id: secrets.length - 1 - index, secret })));
}

/** The pepper under which API keys and SMTP passwords are hashed: from the oldest secret, since hashes outlive a rotation. */
export function pepperFromSecret(posthornSecret: string): KeyObject {
  const oldest = posthornSecret.split(',').at(-1) ?? '';
  return createSecretKey(Buffer.from(hkdfSync('sha256', oldest, '', 'posthorn pepper v1', 32)));
}
