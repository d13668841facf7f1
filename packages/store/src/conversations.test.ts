import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { type Conversation, conversationLines } from '@posthorn/contracts';
import { anEvent, eventTimeMs, withTestStore } from '@posthorn/testing';
import { mongo } from 'mongoose';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

const accountId = 20_000_001;
const laterMs = Date.UTC(2100, 0);

test('the conversations of a bag come back by send, those of all its attempts, and stand in no event', async () => {
  const statusId = randomUUID();
  const first = anEvent('DEFERRED', { statusId, conversation: saying('451 later') });
  const second = anEvent('DELIVERED', { statusId, attempt: 2, conversation: saying('250 ok') });
  const other = anEvent('BOUNCE', { conversation: saying('550 no') });

  await record('bag-1', [first, other]);
  await record('bag-2', [second, anEvent('PROCESSED', { statusId })]);

  assert.deepEqual(
    await store.conversations.listBySend(accountId, statusId),
    new Map([
      [second.id, conversationLines(saying('250 ok'))],
      [first.id, conversationLines(saying('451 later'))],
    ]),
  );
  const events = await store.events.listBySend(accountId, statusId);
  assert.ok(events.every((event) => !('conversation' in event)));
  assert.equal((await store.conversations.listBySend(accountId + 1, statusId)).size, 0);
});

test('a bag that comes again, whole or taken apart, changes nothing', async () => {
  const [a, b] = [1, 2].map((attempt) => anEvent('DELIVERED', { attempt, conversation: saying('250 ok') }));
  assert.ok(a && b);
  await record('bag-again', [a, b]);

  await record('bag-again', [a, b]);
  await record('bag-again', [b]);
  await record('bag-part', [b]);

  for (const { statusId, id } of [a, b]) {
    const said = await store.conversations.listBySend(accountId, statusId);
    assert.deepEqual(said.get(id), conversationLines(saying('250 ok')));
  }
});

test('bags that come together are packed together, and each is found by its own name, one that was there before too', async () => {
  const events = Array.from({ length: 6 }, (_, at) =>
    anEvent('DELIVERED', { conversation: saying(`250 ok ${at}`) }),
  );
  const [first] = events;
  assert.ok(first);
  await record('bag-joint-0', [first]);

  await Promise.all(events.map((event, at) => record(`bag-joint-${at}`, [event])));

  for (const [at, { id, statusId }] of events.entries()) {
    const said = await store.conversations.listBySend(accountId, statusId);
    assert.deepEqual(said.get(id), conversationLines(saying(`250 ok ${at}`)));
  }
  await withCollection(async (collection) => {
    const bags = await collection.find({ _id: /^bag-joint-/ }).toArray();
    assert.equal(bags.length, 6);
    assert.ok(bags.filter(({ packedIn }) => packedIn !== undefined).length >= 4);
  });
});

test('a bag without conversations costs no document, and one whose document is gone shows none', async () => {
  const silent = anEvent('DELIVERED');
  const gone = anEvent('DELIVERED', { conversation: saying('250 ok') });
  await record('bag-silent', [silent, anEvent('OPEN')]);
  await store.events.append([gone], 'bag-gone');

  for (const { statusId } of [silent, gone])
    assert.equal((await store.conversations.listBySend(accountId, statusId)).size, 0);
  await withCollection(async (collection) => {
    assert.equal(await collection.countDocuments({ _id: { $in: ['bag-silent', 'bag-gone'] } }), 0);
  });
});

test('MongoDB deletes conversations by itself when their date is reached', async () => {
  await record('bag-dated', [anEvent('DELIVERED', { conversation: saying('250 ok') })]);

  await withCollection(async (collection) => {
    const indexes = await collection.indexes();
    const expiring = indexes.find(({ key }) => key['expiresAt'] === 1);
    assert.equal(expiring?.expireAfterSeconds, 0);
    assert.deepEqual((await collection.findOne({ _id: 'bag-dated' }))?.expiresAt, new Date(laterMs));
  });
});

test('a hundred attempts take a few kilobytes', async () => {
  const events = Array.from({ length: 100 }, (_, index) =>
    anEvent('DELIVERED', { atMs: eventTimeMs, conversation: longTalk(`customer-${index}@example.org`) }),
  );

  await record('bag-full', events);

  await withCollection(async (collection) => {
    const doc = await collection.findOne({ _id: 'bag-full' });
    const sizeBytes = doc?.packed.length() ?? Number.NaN;
    assert.ok(sizeBytes < 12_000, `${sizeBytes} bytes`);
  });
});

async function record(bagId: string, events: Parameters<typeof store.events.append>[0]): Promise<void> {
  await store.events.append(events, bagId);
  await store.conversations.keep(bagId, events, laterMs);
}

function saying(text: string): Conversation {
  return `0>DATA\n12<${text}`;
}

function longTalk(recipient: string): Conversation {
  const said = [
    'MAIL FROM:<b@bounce.example>',
    `RCPT TO:<${recipient}>`,
    'DATA',
    '(15600 bytes and the dot)',
  ];
  return said
    .flatMap((text, at) => [`${2 * at}>${text}`, `${2 * at + 1}<250 2.0.0 ${randomUUID()}`])
    .join('\n');
}

type ConversationsDoc = { _id: string; expiresAt: Date; packed: mongo.Binary; packedIn?: string };

async function withCollection(
  look: (collection: mongo.Collection<ConversationsDoc>) => Promise<void>,
): Promise<void> {
  const client = await new mongo.MongoClient(store.url).connect();
  try {
    await look(client.db(store.dbName).collection<ConversationsDoc>('conversations'));
  } finally {
    await client.close();
  }
}
