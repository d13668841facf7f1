import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Fault } from '@posthorn/runtime';

const ivBytes = 12;
const tagBytes = 16;

export type Sealer = Readonly<{
  seal: (bytes: Buffer, context: string) => Buffer;
  /** The bytes, or null where no key opens them or `context` is not the one they were sealed for. */
  open: (sealed: Buffer, context: string) => Buffer | null;
}>;

/**
 * Seals with AES-256-GCM, so that a dump of Redis shows neither recipient nor content (row B17).
 *
 * `sealKey` is one secret of at least 16 characters, or several with commas between: the first seals, all open, so
 * that a key can be changed while bags are under way. Each context (lane and bag) has a key of its own, so the bound
 * on random nonces under one key is never near (NIST SP 800-38D, section 8.3).
 */
export function createSealer(sealKey: string): Sealer {
  const keys = sealKey.split(',').map(toKey);
  const [first] = keys;
  if (!first) throw new Fault('misconfigured', 'SEAL_KEY is empty.');

  return {
    seal: (bytes, context) => seal(bytes, contextKey(first, context)),
    open: (sealed, context) => {
      for (const key of keys) {
        const bytes = open(sealed, contextKey(key, context));
        if (bytes) return bytes;
      }
      return null;
    },
  };
}

function toKey(secret: string): Buffer {
  const trimmed = secret.trim();
  if (trimmed.length < 16) throw new Fault('misconfigured', 'SEAL_KEY needs at least 16 characters.');
  return Buffer.from(hkdfSync('sha256', trimmed, '', 'posthorn mailbag seal', 32));
}

function contextKey(key: Buffer, context: string): Buffer {
  return createHmac('sha256', key).update(context).digest();
}

function seal(bytes: Buffer, key: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function open(sealed: Buffer, key: Buffer): Buffer | null {
  if (sealed.length < ivBytes + tagBytes) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes));
  decipher.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}
