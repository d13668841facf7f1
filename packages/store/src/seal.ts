import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { secretsOf } from '@posthorn/mail';
import { Fault, isFault } from '@posthorn/runtime';

/** Encrypts what must not be readable in a dump of the database. `context` binds a sealed text to where it stands. */
export type Seal = Readonly<{
  seal: (text: string, context: string) => string;
  /** Throws `misconfigured` when the text was sealed with another secret, moved elsewhere or changed. */
  open: (sealed: string, context: string) => string;
  /** Returns the text sealed anew where an older secret sealed it, null where the newest did. Throws as `open` does. */
  renew: (sealed: string, context: string) => string | null;
}>;

/** What became of stored texts that were to be sealed anew. */
export type Renewed = Readonly<{
  /** Sealed under an older secret: by now under the newest, where they were to be written. */
  renewed: number;
  /** Sealed under a secret that is not in `POSTHORN_SECRET`. */
  unreadable: number;
}>;

const nonceBytes = 12;
const tagBytes = 16;
const form = 's1.';

/**
 * A seal with AES-256-GCM (NIST SP 800-38D) under keys derived by HKDF-SHA-256 (RFC 5869) from `POSTHORN_SECRET`: one
 * secret, or several with commas between them, newest first. The first seals, all open.
 */
export function createSeal(posthornSecret: string): Seal {
  const keys = secretsOf(posthornSecret).map(deriveKey);
  const [newest] = keys;
  if (!newest || posthornSecret === '') throw new Fault('misconfigured', 'POSTHORN_SECRET is empty.');
  const seal = (text: string, context: string) => form + encrypt(newest, text, context).toString('base64url');
  const opened = (sealed: string, context: string) => {
    const bytes = Buffer.from(sealed.slice(form.length), 'base64url');
    for (const key of sealed.startsWith(form) ? keys : []) {
      const text = decrypt(key, bytes, context);
      if (text !== null) return { text, isNewest: key === newest };
    }
    throw new Fault('misconfigured', 'A stored secret cannot be opened with this POSTHORN_SECRET.');
  };
  return {
    seal,
    open: (sealed, context) => opened(sealed, context).text,
    renew(sealed, context) {
      const { text, isNewest } = opened(sealed, context);
      return isNewest ? null : seal(text, context);
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

/** One stored text, and how the one sealed anew takes its place. */
export type Sealed = Readonly<{
  sealed: string;
  context: string;
  replace: (renewed: string) => Promise<unknown>;
}>;

/**
 * Seals those of the stored texts anew that an older secret sealed; one that cannot be opened is counted and left. Without
 * `writes` it only counts them.
 */
export async function renewSealed(
  seal: Seal,
  stored: AsyncIterable<Sealed>,
  { writes }: { writes: boolean },
): Promise<Renewed> {
  let [renewed, unreadable] = [0, 0];
  for await (const { sealed, context, replace } of stored) {
    try {
      const text = seal.renew(sealed, context);
      if (text === null) continue;
      if (writes) await replace(text);
      renewed += 1;
    } catch (error) {
      if (!isFault(error, 'misconfigured')) throw error;
      unreadable += 1;
    }
  }
  return { renewed, unreadable };
}
