import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { createFakeClock, Fault } from '@posthorn/runtime';
import { accountId, shopKeys } from './fixture.ts';
import { createSigningKeys } from './signing-keys.ts';
import type { SigningKey } from './work/render-task.ts';

test('the newest key of each algorithm signs', async () => {
  const older = shopKeys.map((key) => ({ ...key, selector: `old-${key.selector}` }));
  const { signingKeys } = setUp({ keys: [...shopKeys, ...older] });

  assert.deepEqual(await signingKeys.keysFor(accountId, 'shop.test'), shopKeys);
});

test('a domain that is not set up has no keys', async () => {
  const { signingKeys, inserted } = setUp({ keys: [] });

  assert.deepEqual(await signingKeys.keysFor(accountId, 'shop.test'), []);
  assert.deepEqual(inserted, []);
});

test('in development a domain gets a pair of keys on its first use, and keeps it', async () => {
  const { signingKeys, inserted } = setUp({ keys: [], makesKeys: true });

  const [one, two] = await Promise.all([
    signingKeys.keysFor(accountId, 'new.test'),
    signingKeys.keysFor(accountId, 'new.test'),
  ]);

  assert.deepEqual(
    one.map(({ algorithm, domain }) => [algorithm, domain]),
    [
      ['rsa-sha256', 'new.test'],
      ['ed25519-sha256', 'new.test'],
    ],
  );
  assert.equal(createPrivateKey(one[0]?.privateKeyPem ?? '').asymmetricKeyType, 'rsa');
  assert.equal(two, one);
  assert.equal(inserted.length, 2);
});

test('of two processes that make keys for a domain at once, both use those that were stored', async () => {
  const { signingKeys } = setUp({ keys: [], makesKeys: true, raced: shopKeys });

  assert.deepEqual(await signingKeys.keysFor(accountId, 'shop.test'), shopKeys);
});

function setUp({
  keys,
  makesKeys = false,
  raced,
}: {
  keys: readonly SigningKey[];
  makesKeys?: boolean;
  raced?: readonly SigningKey[];
}) {
  const stored = [...keys];
  const inserted: SigningKey[] = [];
  const store = {
    find: async () => [...stored],
    insert: async ({ domain, selector, algorithm, privateKeyPem }: SigningKey) => {
      if (raced) {
        stored.push(...raced);
        throw new Fault('conflict', 'taken');
      }
      const key = { domain, selector, algorithm, privateKeyPem };
      inserted.push(key);
      stored.push(key);
    },
  };
  return { signingKeys: createSigningKeys({ store, clock: createFakeClock(), makesKeys }), inserted };
}
