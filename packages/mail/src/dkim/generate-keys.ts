import { generateKeyPair, type KeyObject } from 'node:crypto';
import type { DkimAlgorithm } from './sign.ts';

/** A new key: what to keep and what to publish. */
export type GeneratedDkimKey = Readonly<{
  algorithm: DkimAlgorithm;
  /** PKCS #8 in PEM. Secret. */
  privateKeyPem: string;
  /** Value of the TXT record at `<selector>._domainkey.<domain>` (RFC 6376, section 3.6.1). */
  dnsValue: string;
}>;

/** Makes one key of each kind: RSA of 2048 bits, which every receiver verifies, and Ed25519 (RFC 8463). */
export async function generateDkimKeys(): Promise<{ rsa: GeneratedDkimKey; ed25519: GeneratedDkimKey }> {
  const [rsa, ed25519] = await Promise.all([generateRsa(), generateEd25519()]);
  return { rsa, ed25519 };
}

/** Cuts a TXT value into the strings of at most 255 bytes that a zone file needs (RFC 1035, section 3.3.14). */
export function splitTxtValue(value: string): string[] {
  return value.match(/.{1,255}/gs) ?? [];
}

function generateRsa(): Promise<GeneratedDkimKey> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicKey, privateKey) => {
      if (error) return reject(error);
      const published = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
      resolve(describe('rsa-sha256', privateKey, `v=DKIM1; k=rsa; p=${published}`));
    });
  });
}

/** RFC 8463, section 4: the record holds the 32 bytes of the key alone, which end its DER form. */
function generateEd25519(): Promise<GeneratedDkimKey> {
  return new Promise((resolve, reject) => {
    generateKeyPair('ed25519', {}, (error, publicKey, privateKey) => {
      if (error) return reject(error);
      const published = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
      resolve(describe('ed25519-sha256', privateKey, `v=DKIM1; k=ed25519; p=${published}`));
    });
  });
}

function describe(algorithm: DkimAlgorithm, privateKey: KeyObject, dnsValue: string): GeneratedDkimKey {
  return {
    algorithm,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    dnsValue,
  };
}
