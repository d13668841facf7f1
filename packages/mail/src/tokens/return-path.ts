import { decodeBase32, encodeBase32 } from './base32.ts';
import { type Keyring, signingKey } from './keyring.ts';
import { isMac, writeMac } from './mac.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

const version = 1;
const localPrefix = 'b+';
const dayMs = 86_400_000;
/** Version, key id, statusId, account, delivery index, day. */
const dataBytes = 1 + 1 + 16 + 4 + 2 + 2;
/** 88 bits; row B01 asks for 80. The local part is 62 of the 64 characters allowed. */
const macBytes = 11;

/** The delivery whose bounces a return path takes. */
export type ReturnPathOf = Readonly<{ statusId: string; accountId: number; deliveryIndex: number }>;

export type ReadReturnPath =
  | (ReturnPathOf & Readonly<{ kind: 'valid'; issuedDay: number }>)
  | Readonly<{ kind: 'expired' }>
  | Readonly<{ kind: 'invalid' }>;

/**
 * Writes the envelope sender of one delivery: `b+<token>@<host>` (VERP), which only we can make (row B01).
 *
 * The token is base32 in lower case, since some servers change the case of a local part: version, key id,
 * statusId, account (u32), delivery index (u16), day since 1970 (u16) and 88 bits of HMAC-SHA-256. `atMs` is
 * Unix time in milliseconds; the same day gives the same address, so greylisting sees one sender.
 */
export function issueReturnPath(
  keyring: Keyring,
  delivery: ReturnPathOf & { host: string; atMs: number },
): string {
  const { id, key } = signingKey(keyring, 'return-path');
  const uuid = uuidToBytes(delivery.statusId);
  if (uuid === null) throw new RangeError('no statusId of ours');

  const bytes = Buffer.alloc(dataBytes + macBytes);
  bytes.set([version, id]);
  uuid.copy(bytes, 2);
  bytes.writeUInt32BE(delivery.accountId, 18);
  bytes.writeUInt16BE(delivery.deliveryIndex, 22);
  bytes.writeUInt16BE(Math.floor(delivery.atMs / dayMs), 24);
  writeMac(key, bytes, dataBytes);
  return `${localPrefix}${encodeBase32(bytes)}@${delivery.host}`;
}

/**
 * Reads the local part of an address that something was sent to. `valid` for one we issued, not more than
 * `maxAgeDays` ago; `expired` for an older one (row B03); `invalid` for everything else. Never throws.
 */
export function readReturnPath(
  keyring: Keyring,
  localPart: string,
  { nowMs, maxAgeDays }: { nowMs: number; maxAgeDays: number },
): ReadReturnPath {
  const bytes = decodeLocalPart(localPart);
  if (bytes === null || bytes.readUInt8(0) !== version) return { kind: 'invalid' };

  const key = keyring.keys.get(bytes.readUInt8(1))?.['return-path'];
  const isOurs = key !== undefined && isMac(key, bytes.subarray(0, dataBytes), bytes.subarray(dataBytes));
  if (!isOurs) return { kind: 'invalid' };

  const issuedDay = bytes.readUInt16BE(24);
  if (Math.floor(nowMs / dayMs) - issuedDay > maxAgeDays) return { kind: 'expired' };
  return {
    kind: 'valid',
    statusId: uuidFromBytes(bytes.subarray(2, 18)),
    accountId: bytes.readUInt32BE(18),
    deliveryIndex: bytes.readUInt16BE(22),
    issuedDay,
  };
}

function decodeLocalPart(localPart: string): Buffer | null {
  const isPossible = localPart.length <= 64 && localPart.toLowerCase().startsWith(localPrefix);
  const bytes = isPossible ? decodeBase32(localPart.slice(localPrefix.length)) : null;
  return bytes?.length === dataBytes + macBytes ? bytes : null;
}
