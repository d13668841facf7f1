import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import type { EventsItem } from '@posthorn/contracts';
import { type BagContext, done, type Taken } from '@posthorn/queue';
import { createFakeClock, Fault, isFault, silentLogger } from '@posthorn/runtime';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';
import { createRecord, type RecordDeps } from './record.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const accountId = 20_000_001;

test('a bag of events and contacts is recorded, and every account in it is noted for counting', async () => {
  const { record, noted } = setUp();
  const sent = anEvent('SENT');
  const opened = anEvent('OPEN', { statusId: sent.statusId });

  const verdicts = await record(taken([opened, sent, contact('jane@example.com')]), context);

  assert.deepEqual([...(verdicts as Map<string, unknown>).values()], [done, done, done]);
  assert.deepEqual(noted, [accountId]);
  assert.equal((await store.events.listBySend(accountId, sent.statusId)).length, 2);
  assert.equal((await store.sends.find(accountId, sent.statusId))?.view.sendResult, 'SENT');
  const contacts = await store.contacts.findMany(accountId, ['jane@example.com']);
  assert.deepEqual(contacts.get('jane@example.com'), { firstname: 'Jane' });
});

test('a bag seen again, whole or in parts and other bags, changes nothing (B1, B7)', async () => {
  const { record } = setUp();
  const statusId = randomUUID();
  const items = [
    anEvent('SENT', { statusId }),
    anEvent('DELIVERED', { statusId }),
    anEvent('OPEN', { statusId }),
  ];
  await record(taken(items), context);
  const before = await store.sends.find(accountId, statusId);

  await record(taken(items), context);
  await record(taken(items.slice(1).reverse()), context);

  assert.deepEqual(await store.sends.find(accountId, statusId), before);
  assert.equal((await store.events.listBySend(accountId, statusId)).length, 3);
});

test('an address that a server says does not exist is on the account’s list, a complaint too', async () => {
  const { record } = setUp();
  const [gone, angry] = ['gone@example.com', 'angry@example.com'];
  await record(
    taken([anEvent('BOUNCE', { recipient: gone }), anEvent('SPAMREPORT', { recipient: angry })]),
    context,
  );

  const found = await store.suppressions.findMany(accountId, [gone, angry, 'jane@example.com']);

  assert.deepEqual(
    [...found].map(([email, { origins }]) => [email, ...Object.keys(origins)]),
    [
      [gone, 'bounce'],
      [angry, 'complaint'],
    ],
  );
});

test('while MongoDB is away the bag goes round again: nothing is settled (F15)', async () => {
  const away = () => Promise.reject(new Fault('unavailable', 'away'));
  const { record } = setUp({ events: { append: away } });

  await assert.rejects(
    async () => record(taken([anEvent('SENT')]), context),
    (error) => isFault(error, 'unavailable'),
  );
});

test('an event MongoDB refuses is parked alone, and the rest of its bag is recorded (B2)', async () => {
  const { record } = setUp();
  const good = anEvent('SENT');
  const poison = anEvent('DELIVERED', { response: 'x'.repeat(17 * 1024 * 1024) });

  const verdicts = await record(taken([good, poison]), context);

  assert.ok(verdicts instanceof Map);
  assert.deepEqual(verdicts.get(good.id), done);
  assert.equal(verdicts.get(poison.id)?.kind, 'park');
  assert.equal((await store.events.listBySend(accountId, good.statusId)).length, 1);
});

test('what was said in attempts is kept beside their events, and a bag seen again changes nothing', async () => {
  const { record } = setUp();
  const conversation = '5<250 2.0.0 ok';
  const delivered = anEvent('DELIVERED', { conversation });

  for (const items of [[delivered, anEvent('SENT')], [delivered]]) {
    assert.ok((await record(taken(items), { ...context, bagId: 'b-said' })) instanceof Map);
  }

  const said = await store.conversations.listBySend(accountId, delivered.statusId);
  assert.deepEqual([...said], [[delivered.id, [{ atMs: 5, from: 'peer', text: '250 2.0.0 ok' }]]]);
});

test('a conversation that cannot be kept holds no event up, but MongoDB away sends the bag round again (F15)', async () => {
  const delivered = anEvent('DELIVERED', { conversation: '5>DATA' });
  const keepWith = (error: Error) => ({ keep: () => Promise.reject(error) });
  const refused = setUp({ conversations: keepWith(new TypeError('refused')) });
  const away = setUp({ conversations: keepWith(new Fault('unavailable', 'away')) });

  const verdicts = await refused.record(taken([delivered]), context);

  assert.deepEqual([...(verdicts instanceof Map ? verdicts.values() : [])], [done]);
  await assert.rejects(
    async () => away.record(taken([delivered]), context),
    (error) => isFault(error, 'unavailable'),
  );
});

test('an item that fails in a way nobody foresaw is found and parked alone, without its content in the reason', async () => {
  const { record } = setUp({
    contacts: {
      upsertMany: async (writes) => {
        if (writes.some(({ email }) => email === 'bad@example.com')) throw new TypeError('bad@example.com');
        await store.contacts.upsertMany(writes);
      },
    },
  });
  const bad = contact('bad@example.com');
  const good = contact('good@example.com');
  const sent = anEvent('SENT');

  const verdicts = await record(taken([sent, bad, good]), context);

  assert.ok(verdicts instanceof Map);
  assert.deepEqual(verdicts.get(bad.id), { kind: 'park', reason: 'it cannot be recorded (TypeError)' });
  assert.deepEqual([verdicts.get(good.id), verdicts.get(sent.id)], [done, done]);
});

const context: BagContext = {
  bagId: 'b-test',
  signal: new AbortController().signal,
  settle: async () => undefined,
  isLeaseFresh: () => true,
  postNext: async () => undefined,
};

function setUp(replaced: Partial<RecordDeps> = {}) {
  const noted: number[] = [];
  const { contacts, conversations, events, sends, suppressions } = store;
  const onRecorded = (ids: Iterable<number>) => void noted.push(...ids);
  return {
    record: createRecord({
      contacts,
      conversations,
      conversationsKeptMs: 86_400_000,
      events,
      sends,
      suppressions,
      onRecorded,
      clock: createFakeClock(),
      log: silentLogger,
      ...replaced,
    }),
    noted,
  };
}

function contact(email: string): EventsItem {
  return {
    type: 'CONTACT',
    id: randomUUID(),
    accountId,
    email,
    properties: { firstname: 'Jane' },
    atMs: eventTimeMs,
  };
}

function taken(items: readonly EventsItem[]): Taken<EventsItem>[] {
  return items.map((item) => ({
    id: item.id,
    item,
    attempt: 1,
    originBagId: 'b-test',
    firstPostedAtMs: eventTimeMs,
    crashes: 0,
  }));
}
