import { createPrivateKey } from 'node:crypto';
import { createDkimSigner, type DkimSigner } from '@posthorn/mail';
import { BoundedMap } from './bounded-map.ts';
import type { SigningKey } from './render-task.ts';

/** Makes what turns keys into signers, and keeps them: to parse a PEM costs as much as to sign. A key that cannot be read gives none. */
export function createSigners(): (keys: readonly SigningKey[]) => DkimSigner[] {
  const kept = new BoundedMap<string, DkimSigner>(1_000);
  return (keys) =>
    keys.flatMap((key) => {
      try {
        return kept.getOrMake(`${key.selector}.${key.domain}\n${key.privateKeyPem}`, () => toSigner(key));
      } catch {
        return [];
      }
    });
}

function toSigner({ privateKeyPem, ...key }: SigningKey): DkimSigner {
  return createDkimSigner({ ...key, key: createPrivateKey(privateKeyPem) });
}
