import { type Keyring, signingKey } from './keyring.ts';
import { isMac, macOf } from './mac.ts';

const macBytes = 16;

/** Writes a cursor with the MAC over it and `context`, which says whose it is: `<cursor>.<key id and MAC in base64url>`. */
export function sealCursor(keyring: Keyring, context: string, cursor: string): string {
  const { id, key } = signingKey(keyring, 'cursor');
  const mac = Buffer.concat([Buffer.of(id), macOf(key, dataOf(context, cursor), macBytes)]);
  return `${cursor}.${mac.toString('base64url')}`;
}

/** Reads a cursor; null where it was not sealed for this context by a key of the keyring. Never throws. */
export function openCursor(keyring: Keyring, context: string, sealed: string): string | null {
  const at = sealed.lastIndexOf('.');
  const cursor = sealed.slice(0, Math.max(at, 0));
  const mac = Buffer.from(sealed.slice(at + 1), 'base64url');
  const key = mac.length === 1 + macBytes ? keyring.keys.get(mac.readUInt8(0))?.cursor : undefined;
  const isOurs = key !== undefined && isMac(key, dataOf(context, cursor), mac.subarray(1));
  return isOurs ? cursor : null;
}

function dataOf(context: string, cursor: string): Buffer {
  return Buffer.from(`${context}\0${cursor}`);
}
