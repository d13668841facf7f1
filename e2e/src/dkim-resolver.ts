import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RunningInstance } from '@posthorn/local';
import { silentLogger } from '@posthorn/runtime';
import { connectStore, createSeal } from '@posthorn/store';

/**
 * Answers DNS questions for the DKIM keys of `domain` as its zone would, from the keys that the installation holds:
 * there is no DNS on this machine.
 */
export async function dkimResolver(
  instance: RunningInstance,
  domain: string,
): Promise<(name: string, type: string) => Promise<string[][]>> {
  const secret = (await readFile(instance.secretFile, 'utf8')).trim();
  await using store = await connectStore({
    url: instance.mongodbUrl,
    log: silentLogger,
    seal: createSeal(secret),
  });
  await store.whenReady();
  const keys = await store.dkimKeys.find(instance.accountId, domain);
  const records = new Map(
    keys.map((key) => [`${key.selector}._domainkey.${domain}`, recordOf(key.privateKeyPem, key.algorithm)]),
  );
  return async (name, type) => {
    const record = records.get(name);
    if (type === 'TXT' && record) return [[record]];
    throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  };
}

function recordOf(privateKeyPem: string, algorithm: string): string {
  const publicKey = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' });
  return algorithm === 'rsa-sha256'
    ? `v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`
    : `v=DKIM1; k=ed25519; p=${publicKey.subarray(-32).toString('base64')}`;
}
