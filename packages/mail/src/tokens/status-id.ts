import { randomInt } from 'node:crypto';
import { type Keyring, signingKey } from './keyring.ts';
import { isMac, type MacKey, macOf } from './mac.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

const counterSize = 2 ** 18;
const macBytes = 5;
const macStart = 11;

export type StatusIdIssuer = Readonly<{
  /** Returns a new statusId for a send accepted at `atMs` (Unix milliseconds). */
  issue: (accountId: number, atMs: number) => string;
}>;

export type InspectedStatusId = Readonly<{ kind: 'issued'; atMs: number }> | Readonly<{ kind: 'unknown' }>;

/**
 * Makes statusIds: UUIDs of version 8 (RFC 9562, section 5.8) that prove they were issued.
 *
 * 48 bits of milliseconds, 34 unique bits, and 40 bits of HMAC-SHA-256 over both and the account; 6 bits are
 * the UUID's own. The unique bits are the process' node (16) and a counter (18) that starts at a random point
 * each millisecond. So one issuer never repeats: not at more than 2^18 a millisecond (it goes on in the next
 * one), nor when the clock steps back (it stays at its latest millisecond). `processSeed` modulo 2^16 is the
 * node: a random number, or better one counted for the fleet, since two processes of one node could repeat
 * each other with a chance of about 1 in 2^18 for two ids of the same millisecond.
 */
export function createStatusIdIssuer(
  keyring: Keyring,
  {
    processSeed,
    randomCounter = () => randomInt(counterSize),
  }: { processSeed: number; randomCounter?: () => number },
): StatusIdIssuer {
  const { key } = signingKey(keyring, 'status-id');
  if (!Number.isSafeInteger(processSeed) || processSeed < 0)
    throw new RangeError('processSeed must be an integer from 0');
  const node = processSeed % 2 ** 16;
  let latestMs = 0;
  let counter = 0;
  let issuedThisMs = counterSize;

  const issue = (accountId: number, atMs: number): string => {
    const isFull = issuedThisMs === counterSize;
    if (atMs > latestMs || isFull) {
      latestMs = Math.max(atMs, latestMs + 1);
      counter = randomCounter();
      issuedThisMs = 0;
    }
    counter = (counter + 1) % counterSize;
    issuedThisMs += 1;
    return uuidFromBytes(writeStatusId(key, accountId, { atMs: latestMs, node, counter }));
  };
  return { issue };
}

/**
 * Tells whether a statusId was issued to this account, and when, by its own bits: so an API can tell a send
 * that is not stored yet from one that never was, without a database. Forged by chance: 1 in 2^40.
 */
export function inspectStatusId(keyring: Keyring, accountId: number, statusId: string): InspectedStatusId {
  const bytes = uuidToBytes(statusId);
  if (bytes === null || !isVersion8(bytes)) return { kind: 'unknown' };

  const data = macInput(bytes, accountId);
  const mac = bytes.subarray(macStart);
  let isIssued = false;
  for (const keys of keyring.keys.values()) isIssued = isMac(keys['status-id'], data, mac) || isIssued;
  return isIssued ? { kind: 'issued', atMs: bytes.readUIntBE(0, 6) } : { kind: 'unknown' };
}

function writeStatusId(
  key: MacKey,
  accountId: number,
  { atMs, node, counter }: { atMs: number; node: number; counter: number },
): Buffer {
  const bytes = Buffer.alloc(macStart + macBytes);
  bytes.writeUIntBE(atMs, 0, 6);
  bytes.writeUInt16BE(0x8000 | (node >> 4), 6);
  bytes.writeUIntBE(0x80_00_00 | ((node & 15) << 18) | counter, 8, 3);
  macOf(key, macInput(bytes, accountId), macBytes).copy(bytes, macStart);
  return bytes;
}

/** The id's first 11 bytes, then the account as 32 bits. */
function macInput(bytes: Buffer, accountId: number): Buffer {
  const data = Buffer.alloc(macStart + 4);
  bytes.copy(data, 0, 0, macStart);
  data.writeUInt32BE(accountId, macStart);
  return data;
}

const isVersion8 = (bytes: Buffer): boolean => bytes.readUInt8(6) >> 4 === 8 && bytes.readUInt8(8) >> 6 === 2;
