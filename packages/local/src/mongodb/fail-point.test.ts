import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

test('F16: with commands for tests, writes can be refused as by a primary that steps down, so many times or until it is over', async () => {
  await using server = await startEmbeddedMongo({ port: 0, home: null, hasTestCommands: true });
  await using client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection<{ _id: number }>('rows');
  const data = { failCommands: ['insert'], errorCode: 10107 };
  const fail = (mode: unknown) =>
    client.db('admin').command({ configureFailPoint: 'failCommand', mode, data });

  await fail({ times: 1 });
  await assert.rejects(rows.insertOne({ _id: 1 }), { code: 10107, codeName: 'NotWritablePrimary' });
  await rows.insertOne({ _id: 2 });
  await fail('alwaysOn');
  await assert.rejects(rows.insertOne({ _id: 3 }), { code: 10107 });
  await assert.rejects(rows.insertOne({ _id: 3 }), { code: 10107 });
  await fail('off');
  await rows.insertOne({ _id: 4 });

  assert.deepEqual(
    (await rows.find().toArray()).map(({ _id }) => _id),
    [2, 4],
  );
});

test('a fail point that this server does not have is refused, and any without commands for tests', async () => {
  await using server = await startEmbeddedMongo({ port: 0, home: null, hasTestCommands: true });
  await using plain = await startEmbeddedMongo({ port: 0, home: null });
  await using client = await new MongoClient(server.url).connect();
  await using other = await new MongoClient(plain.url).connect();
  const good = { failCommands: ['insert'], errorCode: 10107 };

  for (const [command, code] of [
    [{ configureFailPoint: 'sleep', mode: 'off' }, 2],
    [{ configureFailPoint: 'failCommand', mode: 'perhaps' }, 2],
    [{ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: { ...good, closeConnection: true } }, 72],
    [{ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: { ...good, errorCode: 12 } }, 2],
  ] as const) {
    await assert.rejects(client.db('admin').command(command), { code });
  }
  await assert.rejects(other.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' }), {
    code: 59,
  });
});
