import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BSON, MongoClient } from 'mongodb';
import { type EmbeddedMongo, startEmbeddedMongo } from '../start-embedded-mongo.ts';

/**
 * `fixture` was written by the last version before SQLite: a snapshot, and a journal with updates, deletes, a dropped
 * collection and a dropped index behind it, whose last record is torn. `expected.json` is what that version held then.
 */
const fixture = join(import.meta.dirname, 'fixture');
const journal = 'journal-000001.log';
const snapshot = 'snapshot-000001.log';

test('what the version before SQLite wrote is there after the first start, to the type of each number', async () => {
  await using home = await formerHome();
  const logged: string[] = [];

  await using server = await start(home.path, logged);
  await using client = await new MongoClient(server.url, { promoteValues: false }).connect();

  const expected = BSON.EJSON.parse(await readFile(join(fixture, 'expected.json'), 'utf8'), {
    relaxed: false,
  });
  const found: Record<string, unknown> = {};
  for (const namespace of Object.keys(expected)) {
    const [db = '', name = ''] = namespace.split('.');
    const collection = client.db(db).collection(name);
    found[namespace] = { indexes: await collection.indexes(), docs: await collection.find().toArray() };
  }
  assert.equal(
    BSON.EJSON.stringify(found, { relaxed: false }),
    BSON.EJSON.stringify(expected, { relaxed: false }),
  );
  assert.deepEqual((await client.db('shop').listCollections().toArray()).map(({ name }) => name).sort(), [
    'empty',
    'people',
  ]);
  assert.ok(logged.includes('journal ended in a torn record, left out'));
});

test('indexes that were brought over are used, and forbid what they forbade', async () => {
  await using home = await formerHome();
  await using server = await start(home.path);
  await using client = await new MongoClient(server.url).connect();
  const people = client.db('shop').collection<{ _id: unknown; email: string }>('people');

  const plan = await people.find({ city: 'Bern' }).sort({ age: -1 }).explain('queryPlanner');
  assert.equal(plan['queryPlanner'].winningPlan.inputStage.indexName, 'city_1_age_-1');
  assert.equal(await people.countDocuments({ tags: 'senior' }), 5);
  await assert.rejects(people.insertOne({ _id: 99, email: 'late@example.com' }), { code: 11000 });
});

test('the former files are kept aside, private, and not read again', async () => {
  await using home = await formerHome();
  await (await start(home.path))[Symbol.asyncDispose]();

  assert.deepEqual((await readdir(home.path)).sort(), ['before-sqlite', 'data.sqlite']);
  const aside = join(home.path, 'before-sqlite');
  assert.deepEqual((await readdir(aside)).sort(), [journal, snapshot]);
  assert.equal((await stat(aside)).mode & 0o777, 0o700);
  for (const name of await readdir(aside)) assert.equal((await stat(join(aside, name))).mode & 0o777, 0o600);

  await using server = await start(home.path);
  await using client = await new MongoClient(server.url).connect();
  assert.equal(await client.db('shop').collection('people').countDocuments(), 19);
});

test('a migration that was cut short begins anew, and one that was complete is not repeated', async () => {
  await using home = await formerHome();
  await writeFile(join(home.path, 'data.sqlite.new'), 'half a database');
  await writeFile(join(home.path, 'data.sqlite.new-wal'), 'and its log');
  await deletePerson(home.path, 'late');

  // As if the process had ended after the database was complete and before the former files were aside.
  for (const name of [journal, snapshot])
    await copyFile(join(home.path, 'before-sqlite', name), join(home.path, name));

  await using server = await start(home.path);
  await using client = await new MongoClient(server.url).connect();
  assert.equal(await client.db('shop').collection('people').countDocuments(), 18);
  assert.deepEqual((await readdir(home.path)).sort(), [
    'before-sqlite',
    'data.sqlite',
    'data.sqlite-wal',
    'lock',
  ]);
});

test('a bad record with sound ones behind it is no torn end: nothing is changed, and the message says what to do', async () => {
  for (const [name, at] of [
    [journal, 0.5],
    [journal, 0.1],
    [snapshot, 0.9],
  ] as const) {
    await using home = await formerHome();
    const path = join(home.path, name);
    const bytes = await readFile(path);
    const start_ = Math.floor(bytes.length * at);
    bytes.fill(0xa5, start_, start_ + 100);
    await writeFile(path, bytes);

    await assert.rejects(start(home.path), /damaged at byte \d+ of \d+: .*\.log.* Put a copy of the folder/);
    assert.deepEqual((await readdir(home.path)).sort(), [journal, snapshot]);
    assert.deepEqual(await readFile(path), bytes);
  }
});

test('garbage or zeros behind the last sound record are left out', async () => {
  for (const tail of [
    Buffer.alloc(300),
    Buffer.alloc(300, 0xff),
    Buffer.from('not a record at all, but text'),
  ]) {
    await using home = await formerHome();
    await appendFile(join(home.path, journal), tail);
    const logged: string[] = [];

    await using server = await start(home.path, logged);
    await using client = await new MongoClient(server.url).connect();

    assert.equal(await client.db('shop').collection('people').countDocuments(), 19);
    assert.ok(logged.includes('journal ended in a torn record, left out'));
  }
});

async function deletePerson(home: string, _id: string): Promise<void> {
  await using server = await start(home);
  await using client = await new MongoClient(server.url).connect();
  await client.db('shop').collection<{ _id: string }>('people').deleteOne({ _id });
}

async function start(home: string, logged: string[] = []): Promise<EmbeddedMongo> {
  const keep = (_fields: object, message: string) => void logged.push(message);
  return startEmbeddedMongo({ port: 0, home, log: { info: keep, warn: keep, error: keep } });
}

async function formerHome(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-mongodb-'));
  await copyFile(join(fixture, 'snapshot-000001.bin'), join(path, snapshot));
  await copyFile(join(fixture, 'journal-000001.bin'), join(path, journal));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
