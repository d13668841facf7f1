import { crc32 } from 'node:zlib';
import { randomText } from './random-text.ts';

const prefix = 'ph_live_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 71 bits: enough never to meet the same one twice; it is no secret. */
const idLength = 12;
/** 256 bits. */
const secretLength = 43;
const checksumLength = 6;

const keyPattern = /^ph_live_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

export type ApiKey = Readonly<{
  /** Finds the key's record; may be shown and logged. */
  id: string;
  /** Never stored: a digest of it is, see `digestsFromSecret`. */
  secret: string;
}>;

export type ParsedApiKey = (ApiKey & Readonly<{ kind: 'api_key' }>) | Readonly<{ kind: 'invalid' }>;

/**
 * Makes a new API key, `ph_live_<id>_<secret><checksum>`: the prefix is for secret scanners, the CRC-32 refuses
 * a mistyped key without a look-up. `key` is shown to its owner once.
 */
export function generateApiKey(): ApiKey & Readonly<{ key: string }> {
  const id = randomText(alphabet, idLength);
  const secret = randomText(alphabet, secretLength);
  return { id, secret, key: `${prefix}${id}_${secret}${checksumOf(id, secret)}` };
}

/** Reads an API key. `invalid` says that none like it was ever made; what it does not say is that one is known. */
export function parseApiKey(text: string): ParsedApiKey {
  const [, id, secret, checksum] = keyPattern.exec(text) ?? [];
  if (id === undefined || secret === undefined || checksum !== checksumOf(id, secret))
    return { kind: 'invalid' };
  return { kind: 'api_key', id, secret };
}

function checksumOf(id: string, secret: string): string {
  let rest = crc32(`${id}_${secret}`);
  let text = '';
  for (let index = 0; index < checksumLength; index += 1) {
    text = alphabet.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
