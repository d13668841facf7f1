import { hkdfSync } from 'node:crypto';
import { createKeyring, type Keyring } from './keyring.ts';

/**
 * Returns the keyring that every service of one installation derives from `POSTHORN_SECRET`.
 *
 * The variable holds one secret, or several with commas between them, newest first: the first signs, all verify. One
 * that is taken out takes with it what it signed and nothing else, since a key's id comes from the secret itself.
 * Throws RangeError when one is shorter than 32 bytes, or two happen to share an id (1 in 256): draw another then.
 */
export function keyringFromSecret(posthornSecret: string): Keyring {
  return createKeyring(secretsOf(posthornSecret).map((secret) => ({ id: keyIdOf(secret), secret })));
}

/** Returns the secrets of `POSTHORN_SECRET`, newest first. Blanks around a comma belong to no secret. */
export function secretsOf(posthornSecret: string): string[] {
  return posthornSecret.split(',').map((secret) => secret.trim());
}

/** Returns the id, 0 to 255, of the keys that come from a secret. */
export function keyIdOf(secret: string): number {
  return Buffer.from(hkdfSync('sha256', secret, '', 'posthorn key id v1', 1)).readUInt8();
}
