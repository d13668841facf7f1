import { hkdfSync } from 'node:crypto';
import { createMacKey, type MacKey } from './mac.ts';

/** What a key is used for; each use has keys of its own, so that a token of one kind is never one of another. */
export type Purpose = 'status-id' | 'tracking' | 'return-path' | 'cursor';

/** The keys that sign and verify Posthorn's ids and tokens, by id and purpose. */
export type Keyring = Readonly<{
  /** Id of the key that signs; every key verifies. */
  current: number;
  keys: ReadonlyMap<number, Readonly<Record<Purpose, MacKey>>>;
}>;

/** Least length of a secret in bytes. */
export const minSecretBytes = 32;

/**
 * Makes a keyring from the configured secrets: the first one signs, all of them verify, so a new secret goes
 * before the old one, which leaves when what it signed has run out.
 *
 * Each purpose has a key derived by HKDF-SHA-256 (RFC 5869). A string counts as UTF-8. Throws RangeError when
 * there is none, an id is not 0 to 255 or given twice, or a secret is shorter than 32 bytes.
 */
export function createKeyring(
  secrets: readonly Readonly<{ id: number; secret: Uint8Array | string }>[],
): Keyring {
  const [current] = secrets;
  if (current === undefined) throw new RangeError('a keyring needs at least one secret');

  const keys = new Map<number, Readonly<Record<Purpose, MacKey>>>();
  for (const { id, secret } of secrets) {
    if (!Number.isInteger(id) || id < 0 || id > 255) throw new RangeError('a key id must be 0 to 255');
    if (keys.has(id))
      throw new RangeError('two secrets are the same or share a key id: draw another new one');
    keys.set(id, deriveKeys(secret));
  }
  return { current: current.id, keys };
}

/** The key that signs for a purpose now, with its id. */
export function signingKey(keyring: Keyring, purpose: Purpose): { id: number; key: MacKey } {
  const key = keyring.keys.get(keyring.current)?.[purpose];
  if (key === undefined) throw new RangeError('the current key is not in the keyring');
  return { id: keyring.current, key };
}

function deriveKeys(secret: Uint8Array | string): Record<Purpose, MacKey> {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  if (bytes.length < minSecretBytes) throw new RangeError(`a secret needs at least ${minSecretBytes} bytes`);
  const derive = (purpose: Purpose): MacKey =>
    createMacKey(new Uint8Array(hkdfSync('sha256', bytes, '', `posthorn ${purpose} v1`, 32)));
  return {
    'status-id': derive('status-id'),
    tracking: derive('tracking'),
    'return-path': derive('return-path'),
    cursor: derive('cursor'),
  };
}
