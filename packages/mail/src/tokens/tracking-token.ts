import { type Keyring, signingKey } from './keyring.ts';
import { isMac, type MacKey, writeMac } from './mac.ts';
import { trackableTarget } from './trackable-target.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

const version = 1;
const kinds = { open: 1, click: 2 } as const;
/** Version, key id, kind, statusId, account, email. */
const prefixBytes = 3 + 16 + 4 + 8;
const linkBytes = 2;
const maxLinkIndex = 65_535;
const macBytes = 12;
/** A click token with the longest target, in base64url. */
const maxTokenLength = Math.ceil(((prefixBytes + linkBytes + 8_192 + macBytes) * 4) / 3);

/** What a token says about the send whose open or click it tracks. */
export type TrackedSend = Readonly<{ statusId: string; accountId: number; emailId: number }>;

export type TrackingTokens = Readonly<{
  open: () => string;
  /**
   * Null when the target cannot be tracked (see `trackableTarget`) or the index is over 65,535: the link stays as
   * it was written.
   */
  click: (linkIndex: number, target: string) => string | null;
}>;

export type TrackingToken =
  | (TrackedSend & Readonly<{ kind: 'open' }>)
  | (TrackedSend & Readonly<{ kind: 'click'; linkIndex: number; target: string }>)
  | Readonly<{ kind: 'invalid' }>;

const invalid: TrackingToken = { kind: 'invalid' };

/**
 * Makes the open and click tokens of one send; what they share is written once, so a link costs one HMAC.
 *
 * Base64url of version, key id, kind, statusId (16 bytes), account (u32), email (u64), for a click the link's
 * index (u16) and the target in ASCII, and 96 bits of HMAC-SHA-256 over all before it. The target is inside, so
 * that a redirect asks no database. Throws RangeError when an id is out of range: they are ours, not a caller's.
 */
export function createTrackingTokens(keyring: Keyring, send: TrackedSend): TrackingTokens {
  const { id, key } = signingKey(keyring, 'tracking');
  const prefix = writePrefix(id, send);

  const click = (linkIndex: number, target: string): string | null => {
    const url = trackableTarget(target);
    if (url === null || linkIndex > maxLinkIndex) return null;
    const bytes = Buffer.allocUnsafe(prefixBytes + linkBytes + url.length + macBytes);
    prefix.copy(bytes);
    bytes.writeUInt8(kinds.click, 2);
    bytes.writeUInt16BE(linkIndex, prefixBytes);
    bytes.write(url, prefixBytes + linkBytes, 'latin1');
    return seal(key, bytes);
  };
  return { open: () => seal(key, Buffer.concat([prefix, Buffer.alloc(macBytes)])), click };
}

/** The open token of one send; `createTrackingTokens` is the cheaper way to more than one token. */
export function issueOpenToken(keyring: Keyring, send: TrackedSend): string {
  return createTrackingTokens(keyring, send).open();
}

/** The click token of one link, or null when its target cannot be tracked. */
export function issueClickToken(
  keyring: Keyring,
  { linkIndex, target, ...send }: TrackedSend & { linkIndex: number; target: string },
): string | null {
  return createTrackingTokens(keyring, send).click(linkIndex, target);
}

/**
 * Reads a token that came back. Anything but the exact text of one that a key of the keyring signed is
 * `invalid`: cut, changed, another encoding of the same bytes, a target that is not http or https (row K01).
 * Never throws.
 */
export function readTrackingToken(keyring: Keyring, token: string): TrackingToken {
  const bytes = decode(token);
  if (bytes === null || bytes.readUInt8(0) !== version) return invalid;

  const key = keyring.keys.get(bytes.readUInt8(1))?.tracking;
  const end = bytes.length - macBytes;
  const isOurs = key !== undefined && isMac(key, bytes.subarray(0, end), bytes.subarray(end));
  return isOurs ? readFields(bytes) : invalid;
}

function writePrefix(keyId: number, { statusId, accountId, emailId }: TrackedSend): Buffer {
  const uuid = uuidToBytes(statusId);
  if (uuid === null || !Number.isSafeInteger(emailId)) throw new RangeError('no statusId or emailId of ours');
  const prefix = Buffer.alloc(prefixBytes);
  prefix.set([version, keyId, kinds.open]);
  uuid.copy(prefix, 3);
  prefix.writeUInt32BE(accountId, 19);
  prefix.writeBigUInt64BE(BigInt(emailId), 23);
  return prefix;
}

/** Fills the MAC in at the end and encodes the whole. */
function seal(key: MacKey, bytes: Buffer): string {
  writeMac(key, bytes, bytes.length - macBytes);
  return bytes.toString('base64url');
}

/** Base64url in its one canonical spelling only, so that no two texts are the same token. */
function decode(token: string): Buffer | null {
  if (token.length > maxTokenLength) return null;
  const bytes = Buffer.from(token, 'base64url');
  return bytes.length >= prefixBytes + macBytes && bytes.toString('base64url') === token ? bytes : null;
}

function readFields(bytes: Buffer): TrackingToken {
  const send = {
    statusId: uuidFromBytes(bytes.subarray(3, 19)),
    accountId: bytes.readUInt32BE(19),
    emailId: Number(bytes.readBigUInt64BE(23)),
  };
  const end = bytes.length - macBytes;
  if (bytes.readUInt8(2) === kinds.open) return end === prefixBytes ? { kind: 'open', ...send } : invalid;
  if (bytes.readUInt8(2) !== kinds.click || end < prefixBytes + linkBytes) return invalid;

  const target = trackableTarget(bytes.toString('latin1', prefixBytes + linkBytes, end));
  if (target === null) return invalid;
  return { kind: 'click', ...send, linkIndex: bytes.readUInt16BE(prefixBytes), target };
}
