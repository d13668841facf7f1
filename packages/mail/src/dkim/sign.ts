import { hash, type KeyObject, sign as signBytes } from 'node:crypto';
import { type CanonicalMessage, canonicalizeField, canonicalizeMessage } from './canonical.ts';

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export type DkimKey = Readonly<{
  domain: string;
  selector: string;
  /** A private key object, made once: to parse a PEM at each signature doubles its cost. */
  key: KeyObject;
  algorithm: DkimAlgorithm;
}>;

export type DkimSigner = Readonly<{
  /** Returns the whole DKIM-Signature field with its CRLF. `atMs` is Unix time in milliseconds. */
  sign: (headers: string, body: string, atMs: number) => string;
  /** As `sign`, for a message that `canonicalizeMessage` read before. */
  signCanonical: (message: CanonicalMessage, atMs: number) => string;
}>;

/** Signed once more than they occur, so that none can be added later (RFC 6376, section 8.15). */
const oversigned = [
  ...['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
] as const;
/** Signed as often as they occur (RFC 6376, section 5.4.1; RFC 8058, section 4, for List-Unsubscribe). */
const signed = [
  ...['sender', 'in-reply-to', 'references', 'content-id', 'content-description'],
  ...['list-id', 'list-help', 'list-unsubscribe', 'list-unsubscribe-post', 'list-owner', 'feedback-id'],
  ...['auto-submitted', 'importance', 'priority', 'x-priority'],
] as const;

/**
 * Makes a signer for one key: relaxed/relaxed (RFC 6376), RSA-SHA256 or Ed25519-SHA256 (RFC 8463).
 *
 * Synchronous, meant for worker threads: nearly all of its time is the signature itself. Throws TypeError when
 * the key is of another kind than the algorithm, an RSA key is shorter than 1024 bits (RFC 8301, section 3.2), or
 * a name is none.
 */
export function createDkimSigner({ domain, selector, key, algorithm }: DkimKey): DkimSigner {
  checkKey(key, algorithm);
  if (![domain, selector].every((name) => /^[\w-]+(?:\.[\w-]+)*$/.test(name))) {
    throw new TypeError('domain and selector must be names in ASCII');
  }
  const start = `DKIM-Signature: v=1; a=${algorithm}; c=relaxed/relaxed;\r\n d=${domain}; s=${selector};\r\n t=`;

  const signCanonical = (message: CanonicalMessage, atMs: number): string => {
    const { names, data } = selectFields(message.fields);
    const unsigned = `${start}${Math.floor(atMs / 1000)}; ${foldNames(names)};\r\n bh=${message.bodyHash};\r\n b=`;
    const bytes = Buffer.from(data + canonicalizeField(unsigned), 'latin1');
    return `${unsigned}${foldBase64(signatureOf(bytes, key, algorithm))}\r\n`;
  };
  return {
    signCanonical,
    sign: (headers, body, atMs) => signCanonical(canonicalizeMessage(headers, body), atMs),
  };
}

/** Signs one message with each key, its body hashed once; returns the fields to be put before `headers`. */
export function signMessage(
  signers: readonly DkimSigner[],
  { headers, body }: Readonly<{ headers: string; body: string }>,
  atMs: number,
): string {
  if (signers.length === 0) return '';
  const message = canonicalizeMessage(headers, body);
  return signers.map((signer) => signer.signCanonical(message, atMs)).join('');
}

/** RFC 8463, section 3: Ed25519 signs the SHA-256 of what RSA signs itself. */
function signatureOf(bytes: Buffer, key: KeyObject, algorithm: DkimAlgorithm): string {
  const signature =
    algorithm === 'rsa-sha256'
      ? signBytes('sha256', bytes, key)
      : signBytes(null, hash('sha256', bytes, 'buffer'), key);
  return signature.toString('base64');
}

/** Fields of one name are signed from the bottom up (RFC 6376, section 5.4.2). */
function selectFields(fields: CanonicalMessage['fields']): { names: string[]; data: string } {
  const names: string[] = [];
  let data = '';
  const take = (name: string): void => {
    for (const field of fields.get(name)?.toReversed() ?? []) {
      names.push(name);
      data += `${field}\r\n`;
    }
  };
  for (const name of oversigned) {
    take(name);
    names.push(name);
  }
  signed.forEach(take);
  return { names, data };
}

function foldNames(names: readonly string[]): string {
  let folded = 'h=';
  let lineLength = 'h='.length + ' t=1700000000; '.length;
  for (const [index, name] of names.entries()) {
    const colon = index === 0 ? '' : ':';
    const isFold = lineLength + name.length + 2 > 76;
    folded += isFold ? `${colon}\r\n ${name}` : colon + name;
    lineLength = isFold ? name.length + 1 : lineLength + name.length + colon.length;
  }
  return folded;
}

function foldBase64(text: string): string {
  return text.length <= 72 ? text : (text.match(/.{1,72}/g) ?? []).join('\r\n ');
}

function checkKey(key: KeyObject, algorithm: DkimAlgorithm): void {
  const kind = algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519';
  if (key.type !== 'private' || key.asymmetricKeyType !== kind) {
    throw new TypeError(`${algorithm} needs a private key of type ${kind}`);
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 1024;
  if (bits < 1024) throw new TypeError('an RSA key shorter than 1024 bits must not sign (RFC 8301)');
}
