import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { type Document, MongoClient } from 'mongodb';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

type Numbered = Document & { _id: number };
const minute = 60_000;

test('a TTL index deletes documents when their date is older than it says, by the given clock', async () => {
  const clock = createFakeClock();
  const nowMs = clock.nowMs();
  await using server = await startEmbeddedMongo({ port: 0, home: null, clock });
  const client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection<Numbered>('rows');
  await rows.createIndex({ at: 1 }, { expireAfterSeconds: 120 });
  await rows.createIndex({ until: 1 }, { expireAfterSeconds: 0 });
  await rows.insertMany([
    { _id: 1, at: new Date(nowMs - minute) },
    { _id: 2, at: new Date(nowMs + minute) },
    { _id: 3, until: new Date(nowMs + minute) },
    { _id: 4, at: [new Date(nowMs + 9 * minute), new Date(nowMs - minute)] },
    { _id: 5, at: 'not a date' },
    { _id: 6 },
  ]);

  assert.equal(await server.sweepExpired(), 0);
  clock.advance(minute);
  assert.equal(await server.sweepExpired(), 3);
  assert.deepEqual(await rows.distinct('_id'), [2, 5, 6]);
  clock.advance(2 * minute);
  assert.equal(await server.sweepExpired(), 1);
  assert.deepEqual(await rows.distinct('_id'), [5, 6]);
  await client.close();
});
