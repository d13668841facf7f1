import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Fault } from '@posthorn/runtime';

/** Encrypts what must not be readable in a dump of the database. `context` binds a sealed text to where it stands. */
export type Seal = Readonly<{
  seal: (text: string, context: string) => string;
  /** Throws `misconfigured` when the text was sealed with another secret, moved elsewhere or changed. */
  open: (sealed: string, context: string) => string;
}>;

const nonceBytes = 12;
const tagBytes = 16;
const form = 's1.';

/** A seal with AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF-SHA-256 (RFC 5869) from the service's secret. */
export function createSeal(secret: string | Buffer): Seal {
  const master = createHash('sha256').update(secret).digest();
  const key = Buffer.from(hkdfSync('sha256', master, '', 'posthorn store seal', 32));
  return {
    seal: (text, context) => form + encrypt(key, text, context).toString('base64url'),
    open: (sealed, context) => {
      try {
        if (!sealed.startsWith(form)) throw new Error('unknown form');
        return decrypt(key, Buffer.from(sealed.slice(form.length), 'base64url'), context);
      } catch (cause) {
        throw new Fault('misconfigured', 'A stored secret cannot be opened with this POSTHORN_SECRET.', {
          cause,
        });
      }
    },
  };
}

function encrypt(key: Buffer, text: string, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, context: string): string {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([
    decipher.update(sealed.subarray(nonceBytes, -tagBytes)),
    decipher.final(),
  ]).toString();
}
