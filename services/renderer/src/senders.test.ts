import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { test } from 'node:test';
import { createFakeClock, Fault, isFault } from '@posthorn/runtime';
import type { Domain } from '@posthorn/store';
import { accountId, aDomain, shopKeys } from './fixture.ts';
import { createSenders } from './senders.ts';
import type { SigningKey } from './work/render-task.ts';

test('the active key of each algorithm signs; one that waits or is retired does not', async () => {
  const [rsa, ed25519] = shopKeys;
  const { keys } = aDomain();
  const others = shopKeys.map((key) => ({ ...key, selector: `x-${key.selector}` }));
  const { senders } = setUp({
    domains: [
      aDomain({
        keys: [
          ...keys.map((key) => ({ ...key, selector: `x-${key.selector}`, state: 'retired' as const })),
          ...keys,
          ...keys.map((key) => ({ ...key, selector: `y-${key.selector}`, state: 'waiting' as const })),
        ],
      }),
    ],
    keys: [...others, ...shopKeys],
  });

  assert.deepEqual((await senders.find(accountId, 'shop.test'))?.keys, [rsa, ed25519]);
});

test('a domain that is not connected, not verified, or past its time of grace has no sender', async () => {
  const nowMs = createFakeClock().nowMs();
  const cases: readonly Domain[][] = [
    [],
    [aDomain({ state: 'pending' })],
    [aDomain({ state: 'failing', sendsUntilMs: nowMs })],
    [aDomain({ domain: 'other.test' })],
  ];

  for (const domains of cases) {
    const { senders, inserted } = setUp({ domains });
    assert.equal(await senders.find(accountId, 'shop.test'), null);
    assert.deepEqual(inserted, []);
  }
});

test('a domain that was verified and fails goes on sending within its time of grace', async () => {
  const sendsUntilMs = createFakeClock().nowMs() + 1;
  const { senders } = setUp({ domains: [aDomain({ state: 'failing', sendsUntilMs })] });

  assert.equal((await senders.find(accountId, 'shop.test'))?.keys.length, 2);
});

test('a verified domain covers its subdomains, and the closest that may send signs', async () => {
  const below = aDomain({ domain: 'mail.shop.test', keys: [] });
  const only = setUp({ domains: [aDomain()] });
  const closest = setUp({ domains: [aDomain(), below] });
  const pending = setUp({ domains: [aDomain(), { ...below, state: 'pending' }] });

  for (const name of ['mail.shop.test', 'a.b.shop.test'])
    assert.equal((await only.senders.find(accountId, name))?.keys[0]?.domain, 'shop.test', name);
  assert.equal(await only.senders.find(accountId, 'workshop.test'), null);
  assert.deepEqual((await closest.senders.find(accountId, 'mail.shop.test'))?.keys, []);
  assert.equal((await pending.senders.find(accountId, 'mail.shop.test'))?.keys.length, 2);
});

test('the domain’s own hosts are used once their records were seen, the return path only with both of its', async () => {
  const verified = { state: 'verified' } as const;
  const hostsWith = async (checks: Domain['checks']) => {
    const { senders } = setUp({ domains: [aDomain({ checks })] });
    const sender = await senders.find(accountId, 'shop.test');
    return [sender?.trackingUrl, sender?.returnPathHost];
  };

  assert.deepEqual(await hostsWith({}), [undefined, undefined]);
  assert.deepEqual(await hostsWith({ tracking: { state: 'failing' }, 'return-path-mx': verified }), [
    undefined,
    undefined,
  ]);
  assert.deepEqual(
    await hostsWith({ tracking: verified, 'return-path-mx': verified, 'return-path-spf': verified }),
    ['https://links.shop.test:8443/base', 'bounces.shop.test'],
  );
});

test('F53: a verified domain whose private key is not there is an operator’s to mend, never unsigned mail', async () => {
  const { senders } = setUp({ domains: [aDomain()], keys: shopKeys.slice(1) });

  await assert.rejects(senders.find(accountId, 'shop.test'), (error) => isFault(error, 'misconfigured'));
});

test('in development a domain gets a pair of keys on its first use, and keeps it', async () => {
  const { senders, inserted } = setUp({ domains: [], keys: [], allowsAnyDomain: true });

  const [one, two] = await Promise.all([
    senders.find(accountId, 'new.test'),
    senders.find(accountId, 'new.test'),
  ]);

  assert.deepEqual(
    one?.keys.map(({ algorithm, domain }) => [algorithm, domain]),
    [
      ['rsa-sha256', 'new.test'],
      ['ed25519-sha256', 'new.test'],
    ],
  );
  assert.equal(createPrivateKey(one?.keys[0]?.privateKeyPem ?? '').asymmetricKeyType, 'rsa');
  assert.equal(two, one);
  assert.equal(inserted.length, 2);
});

test('in development too a verified domain signs with its own keys, and one that is pending with keys of development', async () => {
  const verified = setUp({ domains: [aDomain()], allowsAnyDomain: true });
  const pending = setUp({ domains: [aDomain({ state: 'pending' })], allowsAnyDomain: true });

  assert.deepEqual((await verified.senders.find(accountId, 'shop.test'))?.keys, shopKeys);
  const made = await pending.senders.find(accountId, 'shop.test');
  assert.deepEqual(
    made?.keys.map(({ selector }) => selector),
    ['dev-rsa', 'dev-ed25519'],
  );
});

test('of two processes that make keys for a domain at once, both use those that were stored', async () => {
  const raced = shopKeys.map((key, index) => ({ ...key, selector: ['dev-rsa', 'dev-ed25519'][index] ?? '' }));
  const { senders } = setUp({ domains: [], keys: [], allowsAnyDomain: true, raced });

  assert.deepEqual((await senders.find(accountId, 'shop.test'))?.keys, raced);
});

function setUp({
  domains,
  keys = shopKeys,
  allowsAnyDomain = false,
  raced,
}: {
  domains: readonly Domain[];
  keys?: readonly SigningKey[];
  allowsAnyDomain?: boolean;
  raced?: readonly SigningKey[];
}) {
  const stored = [...keys];
  const inserted: SigningKey[] = [];
  const store = {
    findDomains: async (_: number, names: readonly string[]) =>
      domains.filter(({ domain }) => names.includes(domain)),
    findKeys: async (_: number, domain: string, selectors: readonly string[]) =>
      stored.filter((key) => key.domain === domain && selectors.includes(key.selector)),
    insertKey: async ({ domain, selector, algorithm, privateKeyPem }: SigningKey) => {
      if (raced) {
        stored.push(...raced);
        throw new Fault('conflict', 'taken');
      }
      const key = { domain, selector, algorithm, privateKeyPem };
      inserted.push(key);
      stored.push(key);
    },
  };
  const trackingUrl = 'https://t.test:8443/base';
  const senders = createSenders({ store, clock: createFakeClock(), trackingUrl, allowsAnyDomain });
  return { senders, inserted };
}
