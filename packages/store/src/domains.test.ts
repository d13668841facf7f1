import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import type { Domain } from './domain-record.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());
const { domains } = store;

test('a domain comes back as it was stored', async () => {
  const domain = aDomain();
  await domains.insert(domain);

  assert.deepEqual(await domains.find(domain.accountId, domain.id), domain);
});

test('an account cannot have a domain twice, another account can have the same', async () => {
  const domain = aDomain();
  await domains.insert(domain);

  await assert.rejects(domains.insert({ ...domain, id: randomUUID() }), (error) =>
    isFault(error, 'conflict'),
  );
  await domains.insert({ ...domain, id: randomUUID(), accountId: domain.accountId + 1 });
});

test('another account’s domain can neither be read, changed nor deleted (row A04)', async () => {
  const domain = aDomain();
  await domains.insert(domain);
  const other = domain.accountId + 1;

  assert.equal(await domains.find(other, domain.id), null);
  assert.equal(await domains.delete(other, domain.id), null);
  assert.equal(await domains.change({ ...domain, accountId: other }, domain), null);
  assert.deepEqual(await domains.findNamed(other, [domain.domain]), []);
  assert.deepEqual(await domains.find(domain.accountId, domain.id), domain);
});

test('a change names what it was made from: of two at once one is refused, and undefined removes a field', async () => {
  const domain = aDomain({ sendsUntilMs: 5 });
  await domains.insert(domain);
  const { keys, checks, changedAtMs, nextCheckAtMs } = domain;
  const change = { keys, checks, changedAtMs, nextCheckAtMs, state: 'verified', verifiedAtMs: 9 } as const;

  const changed = await Promise.all([
    domains.change(domain, { ...change, sendsUntilMs: undefined }),
    domains.change(domain, { ...change, sendsUntilMs: undefined }),
  ]);

  assert.equal(changed.filter((one) => one === null).length, 1);
  const { sendsUntilMs: _, ...rest } = domain;
  assert.deepEqual(await domains.find(domain.accountId, domain.id), {
    ...rest,
    state: 'verified',
    verifiedAtMs: 9,
    revision: 1,
  });
});

test('a list goes by name, page by page, and is counted', async () => {
  const accountId = nextAccount();
  for (const name of ['c.example', 'a.example', 'b.example'])
    await domains.insert(aDomain({ accountId, domain: name }));

  const first = await domains.list(accountId, { limit: 2 });
  const second = await domains.list(accountId, { limit: 2, after: 'b.example' });

  assert.deepEqual(
    [first, second].map((page) => page.map(({ domain }) => domain)),
    [['a.example', 'b.example'], ['c.example']],
  );
  assert.equal(await domains.count(accountId), 3);
});

test('however many processes ask for what is due, each domain goes to one of them, and again when its time ran out', async () => {
  const base = 1_000_000;
  const due = Array.from({ length: 12 }, (_, index) => aDomain({ nextCheckAtMs: base + index }));
  for (const domain of due) await domains.insert(domain);
  const later = aDomain({ nextCheckAtMs: base + 500 });
  await domains.insert(later);

  const taken = await Promise.all(Array.from({ length: 20 }, () => domains.takeDue(base + 100, 1_000)));

  const ids = taken.flatMap((domain) => (domain ? [domain.id] : []));
  assert.deepEqual(new Set(ids), new Set(due.map(({ id }) => id)));
  assert.equal(ids.length, due.length);
  assert.equal((await domains.takeDue(base + 1_100, 1_000))?.id, later.id);
  assert.ok(ids.includes((await domains.takeDue(base + 1_100, 1_000))?.id ?? ''));
});

let accounts = 100;
function nextAccount(): number {
  accounts += 10;
  return accounts;
}

function aDomain(fields: Partial<Domain> = {}): Domain {
  return {
    id: randomUUID(),
    accountId: nextAccount(),
    domain: 'shop.example',
    returnPathHost: 'bounces.shop.example',
    trackingHost: 'links.shop.example',
    createdAtMs: 1,
    keys: [
      { selector: 's1', algorithm: 'rsa-sha256', dnsValue: 'v=DKIM1', createdAtMs: 1, state: 'waiting' },
      {
        ...{ selector: 's2', algorithm: 'ed25519-sha256', dnsValue: 'v=DKIM1', createdAtMs: 1 },
        ...{ state: 'retired', retiredAtMs: 3 },
      },
    ],
    checks: {
      s1: { state: 'failing', checkedAtMs: 3, message: 'not this', found: ['x'] },
      mx: { state: 'pending' },
    },
    state: 'pending',
    changedAtMs: 1,
    nextCheckAtMs: 10_000_000_000,
    revision: 0,
    ...fields,
  };
}

test('verified domains of all accounts can be read page by page', async () => {
  const [a, b] = [aDomain({ state: 'verified' }), aDomain({ state: 'verified', accountId: 999 })];
  for (const domain of [a, b, aDomain()]) await domains.insert(domain);
  const ids = (found: readonly Domain[]) => found.map(({ id }) => id);

  const all = await domains.listVerified({ limit: 100 });
  const [first] = await domains.listVerified({ limit: 1 });
  const rest = await domains.listVerified({ after: first?.id ?? '', limit: 100 });

  assert.ok(all.every(({ state }) => state === 'verified'));
  assert.ok([a, b].every(({ id }) => ids(all).includes(id)));
  assert.deepEqual(ids(all), [first?.id, ...ids(rest)]);
});
