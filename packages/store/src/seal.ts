import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
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

/**
 * A seal with AES-256-GCM (NIST SP 800-38D) under keys derived by HKDF-SHA-256 (RFC 5869) from `POSTHORN_SECRET`: one
 * secret, or several with commas between them, newest first. The first seals, all open.
 */
export function createSeal(posthornSecret: string): Seal {
  const keys = posthornSecret.split(',').map(deriveKey);
  const [newest] = keys;
  if (!newest || posthornSecret === '') throw new Fault('misconfigured', 'POSTHORN_SECRET is empty.');
  return {
    seal: (text, context) => form + encrypt(newest, text, context).toString('base64url'),
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed.slice(form.length), 'base64url');
      for (const key of sealed.startsWith(form) ? keys : []) {
        const text = decrypt(key, bytes, context);
        if (text !== null) return text;
      }
      throw new Fault('misconfigured', 'A stored secret cannot be opened with this POSTHORN_SECRET.');
    },
  };
}

function deriveKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'posthorn store seal v1', 32));
}

function encrypt(key: Buffer, text: string, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** The text, or null when the key, the context or a bit of it is another's. */
function decrypt(key: Buffer, sealed: Buffer, context: string): string | null {
  if (sealed.length < nonceBytes + tagBytes) return null;
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const text = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString();
  } catch {
    return null;
  }
}
