import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { type Document, MongoClient } from 'mongodb';
import { createTurns } from '../server/pacer.ts';
import { startEmbeddedMongo } from '../start-embedded-mongo.ts';
import { parseIndexSpec } from '../storage/index-spec.ts';
import { emptyDropped } from '../ttl.ts';
import { openStore } from './store.ts';

type Numbered = Document & { _id: number };

test('every write acknowledged before SIGKILL is there after the next start', async () => {
  await using home = await makeHome();
  const acknowledged: number[] = [];
  const { child, url } = await startProcess(home.path);
  const client = await new MongoClient(url).connect();
  const rows = client.db('t').collection<Numbered>('rows');
  await rows.createIndex({ n: 1 }, { unique: true });

  const writers = Array.from({ length: 4 }, (_, writer) => writeUntilLost(client, writer, acknowledged));
  while (acknowledged.length < 2000) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await Promise.all(writers);
  await client.close(true);

  await withServer(home.path, async (after) => {
    const found = await after.db('t').collection<Numbered>('rows').find().toArray();
    const byId = new Map(found.map((row) => [row._id, row]));
    const lost = acknowledged.filter((id) => byId.get(id)?.['n'] !== id || byId.get(id)?.['seen'] !== 1);
    assert.deepEqual(lost, []);
    assert.equal(await after.db('t').collection('rows').countDocuments(), found.length);
    assert.equal((await after.db('t').collection('rows').indexes()).length, 2);
  });
});

test('SIGTERM ends the process with everything in one file, and its folder can be opened again', async () => {
  await using home = await makeHome();
  const { child, url } = await startProcess(home.path);
  const client = await new MongoClient(url).connect();
  await client.db('t').collection<Numbered>('rows').insertOne({ _id: 1 });
  await client.close();

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');

  assert.equal(code, 0);
  assert.deepEqual(await readdir(home.path), ['data.sqlite']);
  await withServer(home.path, async (after) =>
    assert.equal(await after.db('t').collection('rows').countDocuments(), 1),
  );
});

test('nobody but its owner can read the folder or a file in it, also where others could before', async () => {
  await using home = await makeHome();
  await writeFile(join(home.path, 'left-over'), '');
  await chmod(home.path, 0o755);

  await withServer(home.path, async (client) => {
    await client.db('t').collection<Numbered>('rows').insertOne({ _id: 1 });
    const names = (await readdir(home.path)).sort();

    assert.deepEqual(names, ['data.sqlite', 'data.sqlite-wal', 'left-over', 'lock']);
    assert.equal((await stat(home.path)).mode & 0o777, 0o700);
    for (const name of names) assert.equal((await stat(join(home.path, name))).mode & 0o777, 0o600, name);
  });
});

test('a log that ends in the middle of a transaction loses that transaction only', async () => {
  await using home = await makeHome();
  await crashAfter(home.path, async (client) => {
    const rows = client.db('t').collection<Numbered>('rows');
    for (let i = 0; i < 3; i++) await rows.insertOne({ _id: i, text: 'x'.repeat(100) });
  });
  const log = join(home.path, 'data.sqlite-wal');
  await truncate(log, (await stat(log)).size - 20);

  await withServer(home.path, async (client) => {
    assert.deepEqual(await idsOf(client), [0, 1]);
    await client.db('t').collection<Numbered>('rows').insertOne({ _id: 9 });
  });
  await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), [0, 1, 9]));
});

test('what a dropped collection leaves is emptied in steps, also after the next start', async () => {
  await using home = await makeHome();
  const former = await openStore({ home: home.path, log: silentLogger });
  const dropped = former.catalog.create('t', 'dropped');
  dropped.createIndex(parseIndexSpec({ key: { n: 1 }, name: 'n_1' }));
  for (let n = 0; n < 3000; n++) dropped.insert({ _id: n, n });
  former.catalog.drop(dropped);
  await former[Symbol.asyncDispose]();

  const store = await openStore({ home: home.path, log: silentLogger });
  const pacer = createTurns().startPacer(0);
  await emptyDropped(store.catalog, pacer, AbortSignal.abort());
  assert.equal(store.catalog.dropped.isEmpty, false);
  await emptyDropped(store.catalog, pacer);
  await store[Symbol.asyncDispose]();

  const later = await openStore({ home: home.path, log: silentLogger });
  assert.deepEqual([later.catalog.dropped.isEmpty, [...later.catalog.all()]], [true, []]);
  await later[Symbol.asyncDispose]();
});

test('a folder in use is refused by name of the process, and a dead process loses its lock', async () => {
  await using home = await makeHome();
  await withServer(home.path, async () => {
    await assert.rejects(
      startEmbeddedMongo({ port: 0, home: home.path }),
      new RegExp(`in use by process ${process.pid}`),
    );
  });
  const { child } = await startProcess(home.path);
  child.kill('SIGKILL');
  await once(child, 'exit');

  await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), []));
});

test('a pid that belongs to another process by now does not hold the lock', async () => {
  await using home = await makeHome();
  await writeFile(join(home.path, 'lock'), `${process.pid} 1`);

  await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), []));
});

test('a full disk refuses writes, keeps what was acknowledged, reads on, and takes writes again when it has room', async () => {
  await using home = await makeHome();
  const pagesMax = 400;
  await using server = await startEmbeddedMongo({ port: 0, home: home.path, pagesMax });
  await using client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection<Numbered>('rows');
  await rows.createIndex({ n: 1 }, { unique: true });
  const acknowledged: number[] = [];
  const fill = async (): Promise<void> => {
    for (let _id = acknowledged.length; ; _id++) {
      await rows.insertOne({ _id, n: _id, text: 'x'.repeat(5000) });
      acknowledged.push(_id);
    }
  };

  await assert.rejects(fill(), { code: 14031, codeName: 'OutOfDiskSpace' });
  await assert.rejects(rows.insertOne({ _id: -1, text: 'x'.repeat(50_000) }), { code: 14031 });
  await assert.rejects(
    client
      .db('t')
      .collection('other')
      .insertMany([{ text: 'x'.repeat(50_000) }, { a: 1 }], { ordered: false }),
    { code: 14031 },
  );
  assert.deepEqual(await idsOf(client), acknowledged);
  assert.equal(await rows.estimatedDocumentCount(), acknowledged.length);
  assert.deepEqual(
    await client
      .db('t')
      .listCollections()
      .map(({ name }) => name)
      .toArray(),
    ['rows'],
  );

  await rows.deleteMany({ _id: { $lt: 50 } });
  await rows.insertOne({ _id: 1000, n: 1000 });
  await client.db('t').collection('other').insertOne({ a: 1 });
  assert.deepEqual(await idsOf(client), [...acknowledged.filter((id) => id >= 50), 1000]);
});

async function writeUntilLost(client: MongoClient, writer: number, acknowledged: number[]): Promise<void> {
  const rows = client.db('t').collection<Numbered>('rows');
  for (let i = 0; ; i += 10) {
    const ids = Array.from({ length: 10 }, (_, k) => writer * 1_000_000 + i + k);
    try {
      await rows.insertMany(ids.map((id) => ({ _id: id, n: id })));
      await rows.bulkWrite(
        ids.map((id) => ({ updateOne: { filter: { _id: id }, update: { $set: { seen: 1 } } } })),
      );
    } catch {
      return;
    }
    acknowledged.push(...ids);
  }
}

async function idsOf(client: MongoClient): Promise<number[]> {
  const found = await client.db('t').collection<Numbered>('rows').find().sort({ _id: 1 }).toArray();
  return found.map(({ _id }) => _id);
}

/** Runs `work` in a server whose folder is then copied as a crash would leave it: nothing closed. */
async function crashAfter(home: string, work: (client: MongoClient) => Promise<unknown>): Promise<void> {
  const server = await startEmbeddedMongo({ port: 0, home });
  const client = await new MongoClient(server.url).connect();
  await work(client);
  const files = new Map<string, Buffer>();
  for (const name of await readdir(home)) files.set(name, await readFile(join(home, name)));
  await client.close();
  await server[Symbol.asyncDispose]();

  for (const name of await readdir(home)) await rm(join(home, name));
  for (const [name, bytes] of files) if (name !== 'lock') await writeFile(join(home, name), bytes);
}

async function withServer(
  home: string,
  work: (client: MongoClient) => Promise<unknown>,
  warnings: string[] = [],
): Promise<void> {
  const ignore = () => undefined;
  const log = {
    info: ignore,
    error: ignore,
    warn: (_fields: object, message: string) => void warnings.push(message),
  };
  const server = await startEmbeddedMongo({ port: 0, home, log });
  const client = await new MongoClient(server.url).connect();
  try {
    await work(client);
  } finally {
    await client.close();
    await server[Symbol.asyncDispose]();
  }
}

async function startProcess(home: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: {
      ...process.env,
      MONGODB_PORT: '0',
      MONGODB_HOME: home,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { ready, url } = JSON.parse(line);
    if (ready) return { child, url: String(url) };
  }
  throw new Error('the server ended before it was ready');
}

async function makeHome(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-mongodb-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
