import { randomInt } from 'node:crypto';
import { generateDkimKeys } from '@posthorn/mail';
import type { DomainKey } from '@posthorn/store';

/** Two keys that wait to be published, RSA first, and their private halves. */
export type NewKeys = Readonly<{
  keys: readonly DomainKey[];
  secrets: readonly Readonly<{
    selector: string;
    algorithm: DomainKey['algorithm'];
    privateKeyPem: string;
  }>[];
}>;

const letters = 'bcdfghjkmnpqrstvwxz23456789';
const markLength = 8;

/**
 * Makes an RSA key of 2048 bits and an Ed25519 key. Selectors are drawn at random, so that accounts which share a
 * domain do not meet, and no resolver has an old answer for a new one.
 */
export async function makeKeys(atMs: number): Promise<NewKeys> {
  const { rsa, ed25519 } = await generateDkimKeys();
  const mark = Array.from({ length: markLength }, () => letters[randomInt(letters.length)]).join('');
  const made = [
    { ...rsa, selector: `ph-${mark}-r` },
    { ...ed25519, selector: `ph-${mark}-e` },
  ];
  return {
    keys: made.map(({ selector, algorithm, dnsValue }) => ({
      ...{ selector, algorithm, dnsValue },
      ...{ createdAtMs: atMs, state: 'waiting' },
    })),
    secrets: made.map(({ selector, algorithm, privateKeyPem }) => ({ selector, algorithm, privateKeyPem })),
  };
}

/** Length of a selector, for whoever needs to know whether a name holds it. */
export const selectorLength = 'ph-'.length + markLength + '-r'.length;
