import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

let lastAccountId = 40_000_000;
const address = 'Jane@Example.com';

test('B05: a bounce suppresses where its class blames the address; a policy or a full mailbox never does', async () => {
  const accountId = ++lastAccountId;
  const bounce = (recipient: string, name: string, hard = true) =>
    anEvent('BOUNCE', { accountId, recipient, hard, class: name, status: '5.1.1' });

  await store.suppressions.apply([
    bounce('gone@example.com', 'unknown-recipient'),
    bounce('disabled@example.com', 'inactive-recipient'),
    bounce('policy@example.com', 'policy'),
    bounce('full@example.com', 'mailbox-full'),
    bounce('plain@example.com', 'unclassified'),
    bounce('soft@example.com', 'unknown-recipient', false),
  ]);

  assert.deepEqual(await emailsOf(accountId), ['disabled@example.com', 'gone@example.com']);
});

test('a bounce and a complaint are both kept, the latest of each, whatever order they come in', async () => {
  const accountId = ++lastAccountId;
  const events = [
    anEvent('BOUNCE', { accountId, recipient: address, atMs: eventTimeMs }),
    anEvent('SPAMREPORT', { accountId, recipient: 'Jane@EXAMPLE.com', atMs: eventTimeMs + 1 }),
    anEvent('BOUNCE', { accountId, recipient: address, atMs: eventTimeMs + 2 }),
  ];

  await Promise.all(events.toReversed().map((event) => store.suppressions.apply([event, event])));

  const found = (await store.suppressions.findMany(accountId, [address])).get(address);
  assert.equal(found?.email, 'Jane@example.com');
  assert.equal(found?.origins.bounce?.eventId, events[2]?.id);
  assert.equal(found?.origins.complaint?.eventId, events[1]?.id);
});

test('an address taken off the list stays off when old events are recorded again, not when new ones come', async () => {
  const accountId = ++lastAccountId;
  const old = anEvent('BOUNCE', { accountId, recipient: address, atMs: eventTimeMs });
  await store.suppressions.apply([old]);

  assert.equal(await store.suppressions.remove(accountId, address, eventTimeMs + 10), true);
  await store.suppressions.apply([old]);
  assert.deepEqual(await emailsOf(accountId), []);
  assert.equal(await store.suppressions.remove(accountId, address, eventTimeMs + 11), false);

  await store.suppressions.apply([
    anEvent('SPAMREPORT', { accountId, recipient: address, atMs: eventTimeMs + 20 }),
  ]);
  const found = (await store.suppressions.findMany(accountId, [address])).get(address);
  assert.deepEqual(Object.keys(found?.origins ?? {}), ['complaint']);
});

test('an account sees its own list alone, in pages, by origin', async () => {
  const accountId = ++lastAccountId;
  const origin = 'manual';
  await store.suppressions.addMany(
    ['c', 'a', 'b'].map((name) => ({ accountId, email: `${name}@example.com`, origin, atMs: 5 })),
  );
  await store.suppressions.apply([anEvent('BOUNCE', { accountId: accountId + 1_000, recipient: address })]);

  const first = await store.suppressions.list({ accountId, limit: 2 });
  const next = { ...(first.nextCursor && { after: first.nextCursor }) };
  const second = await store.suppressions.list({ accountId, limit: 2, ...next });

  assert.deepEqual(
    [first, second].map(({ suppressions }) => suppressions.map(({ email }) => email)),
    [['a@example.com', 'b@example.com'], ['c@example.com']],
  );
  assert.equal(second.nextCursor, undefined);
  const bounced = await store.suppressions.list({ accountId, limit: 9, origin: 'bounce' });
  assert.deepEqual(bounced.suppressions, []);
  await assert.rejects(store.suppressions.list({ accountId, limit: 1, after: 'xx' }), (error) =>
    isFault(error, 'invalid_request'),
  );
});

test('a complaint that says it is no spam suppresses nothing', async () => {
  const accountId = ++lastAccountId;

  await store.suppressions.apply([anEvent('SPAMREPORT', { accountId, feedbackType: 'not-spam' })]);

  assert.deepEqual(await emailsOf(accountId), []);
});

async function emailsOf(accountId: number): Promise<string[]> {
  const { suppressions } = await store.suppressions.list({ accountId, limit: 100 });
  return suppressions.map(({ email }) => email);
}
