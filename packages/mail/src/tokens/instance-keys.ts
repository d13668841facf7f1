import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { createKeyring, type Keyring } from './keyring.ts';

/**
 * The keyring that every service of one installation derives from `POSTHORN_SECRET`.
 *
 * The variable holds one secret, or several with commas between them, newest first: the first signs, all verify. One
 * that is taken out takes with it what it signed and nothing else, since a key's id comes from the secret itself.
 * Throws RangeError when one is shorter than 32 bytes, or two happen to share an id (1 in 256): draw another then.
 */
export function keyringFromSecret(posthornSecret: string): Keyring {
  return createKeyring(posthornSecret.split(',').map((secret) => ({ id: keyIdOf(secret), secret })));
}

/**
 * The pepper under which API keys and SMTP passwords are hashed.
 *
 * It comes from the last secret, since stored digests outlive a rotation: taking that one out ends every key and
 * password that was made under it.
 */
export function pepperFromSecret(posthornSecret: string): KeyObject {
  const last = posthornSecret.split(',').at(-1) ?? '';
  return createSecretKey(Buffer.from(hkdfSync('sha256', last, '', 'posthorn pepper v1', 32)));
}

function keyIdOf(secret: string): number {
  return Buffer.from(hkdfSync('sha256', secret, '', 'posthorn key id v1', 1)).readUInt8();
}
