import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

test('every type of event comes back as it was appended', async () => {
  const accountId = 1;
  const types = [
    'SENT',
    'DROPPED',
    'PROCESSED',
    'DELIVERED',
    'DEFERRED',
    'BOUNCE',
    'UNKNOWN',
    'OPEN',
    'CLICK',
  ] as const;
  const events = types.map((type) => anEvent(type, { accountId }));

  assert.deepEqual(await store.events.append(events), []);

  for (const event of events) {
    assert.deepEqual(await store.events.listBySend(accountId, event.statusId), [event]);
  }
});

test('an event that is there already is left as it is, in the same call or a later one (B5)', async () => {
  const first = anEvent('DELIVERED', { accountId: 2, response: '250 first' });
  const again = { ...first, response: '250 again' };

  assert.deepEqual(await store.events.append([first, again]), []);
  assert.deepEqual(await store.events.append([again, again]), []);

  assert.deepEqual(await store.events.listBySend(2, first.statusId), [first]);
});

test('an event MongoDB cannot take is named, and the others of its bag are written', async () => {
  const events = [
    anEvent('SENT', { accountId: 3 }),
    anEvent('DELIVERED', { accountId: 3 }),
    anEvent('OPEN', { accountId: 3 }),
  ];
  const poison = anEvent('DELIVERED', { accountId: 3, response: 'x'.repeat(17 * 1024 * 1024) });

  const refused = await store.events.append([...events, poison]);

  assert.deepEqual(
    refused.map(({ id }) => id),
    [poison.id],
  );
  assert.equal((await store.events.list({ accountId: 3, limit: 10 })).events.length, 3);
});

test('the events of a send are listed oldest first, for its own account only', async () => {
  const statusId = randomUUID();
  const events = [3, 1, 2].map((offset) =>
    anEvent('OPEN', { accountId: 4, statusId, atMs: eventTimeMs + offset }),
  );
  await store.events.append(events);

  const listed = await store.events.listBySend(4, statusId);

  assert.deepEqual(
    listed.map(({ atMs }) => atMs - eventTimeMs),
    [1, 2, 3],
  );
  assert.deepEqual(await store.events.listBySend(5, statusId), []);
});

test('pages of events run newest first without gaps or repeats, also at one millisecond', async () => {
  const events = Array.from({ length: 9 }, (_, index) =>
    anEvent('OPEN', { accountId: 6, atMs: eventTimeMs + Math.floor(index / 4) }),
  );
  await store.events.append(events);

  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.events.list({ accountId: 6, limit: 2, ...(after ? { after } : {}) });
    ids.push(...page.events.map(({ id }) => id));
    after = page.nextCursor;
  } while (after);

  const expected = events.toSorted((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
  assert.deepEqual(ids, expected);
});

test('events are chosen by email, type and inclusive times', async () => {
  const accountId = 7;
  const early = anEvent('OPEN', { accountId, emailId: 1, atMs: eventTimeMs });
  const late = anEvent('CLICK', { accountId, emailId: 2, atMs: eventTimeMs + 10 });
  await store.events.append([early, late]);
  const list = async (query: object) =>
    (await store.events.list({ accountId, limit: 10, ...query })).events.map(({ id }) => id);

  assert.deepEqual(await list({}), [late.id, early.id]);
  assert.deepEqual(await list({ emailId: 1 }), [early.id]);
  assert.deepEqual(await list({ emailId: 2, type: 'CLICK' }), [late.id]);
  assert.deepEqual(await list({ fromMs: eventTimeMs + 10 }), [late.id]);
  assert.deepEqual(await list({ toMs: eventTimeMs }), [early.id]);
});

test('an offset that no list made is refused as a bad request', async () => {
  for (const after of ['', 'x', '1.2', `1.${randomUUID()}x`, '{"$gt":1}']) {
    await assert.rejects(store.events.list({ accountId: 7, limit: 1, after }), (error) =>
      isFault(error, 'invalid_request'),
    );
  }
});
