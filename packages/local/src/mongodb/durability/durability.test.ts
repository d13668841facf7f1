import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { type Document, MongoClient } from 'mongodb';
import { type EmbeddedMongo, startEmbeddedMongo } from '../start-embedded-mongo.ts';

type Numbered = Document & { _id: number };

for (const [journalBytes, when] of [
  [64 * 1024 * 1024, ''],
  [50_000, ', while one snapshot after the other is written'],
] as const) {
  test(`every write acknowledged before SIGKILL is there after the next start${when}`, async () => {
    await using home = await makeHome();
    const acknowledged: number[] = [];
    const { child, url } = await startProcess(home.path, journalBytes);
    const client = await new MongoClient(url).connect();
    const rows = client.db('t').collection<Numbered>('rows');
    await rows.createIndex({ n: 1 }, { unique: true });

    const writers = Array.from({ length: 4 }, (_, writer) => writeUntilLost(client, writer, acknowledged));
    while (acknowledged.length < 2000) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await Promise.all(writers);
    await client.close(true);

    const hasSnapshot = (await readdir(home.path)).some((name) => name.startsWith('snapshot-'));
    assert.equal(hasSnapshot, when !== '');
    await withServer(home.path, async (after) => {
      const found = await after.db('t').collection<Numbered>('rows').find().toArray();
      const byId = new Map(found.map((row) => [row._id, row]));
      const lost = acknowledged.filter((id) => byId.get(id)?.['n'] !== id || byId.get(id)?.['seen'] !== 1);
      assert.deepEqual(lost, []);
      assert.equal((await after.db('t').collection('rows').indexes()).length, 2);
    });
  });
}

test('SIGTERM ends the process after a snapshot, and its folder can be opened again', async () => {
  await using home = await makeHome();
  const { child, url } = await startProcess(home.path);
  const client = await new MongoClient(url).connect();
  await client.db('t').collection<Numbered>('rows').insertOne({ _id: 1 });
  await client.close();

  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');

  assert.equal(code, 0);
  assert.deepEqual((await readdir(home.path)).sort(), ['journal-000001.log', 'snapshot-000001.log']);
  await withServer(home.path, async (after) =>
    assert.equal(await after.db('t').collection('rows').countDocuments(), 1),
  );
});

test('a journal that ends in the middle of a record loses that record only, and keeps a copy', async () => {
  await using home = await makeHome();
  await crashAfter(home.path, async (client) => {
    const rows = client.db('t').collection<Numbered>('rows');
    for (let i = 0; i < 3; i++)
      await rows.insertOne({ _id: i, text: 'x'.repeat(100) }, { writeConcern: { w: 1, j: true } });
  });
  const journal = join(home.path, 'journal-000000.log');
  const bytes = await readFile(journal);
  await truncate(journal, bytes.length - 20);

  const warnings: string[] = [];
  await withServer(
    home.path,
    async (client, server) => {
      const rows = client.db('t').collection<Numbered>('rows');
      assert.deepEqual(await idsOf(client), [0, 1]);
      await rows.insertOne({ _id: 9 });
      await server.compact();
    },
    warnings,
  );
  assert.deepEqual(warnings, ['journal ended in a torn record, cut off']);
  assert.equal((await readFile(`${journal}.torn`)).length, bytes.length - 20);
  await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), [0, 1, 9]));
});

test('a journal followed by garbage or zeros is cut off at the last sound record', async () => {
  for (const tail of [
    Buffer.alloc(300),
    Buffer.alloc(300, 0xff),
    Buffer.from('not a record at all, but text'),
  ]) {
    await using home = await makeHome();
    await crashAfter(home.path, (client) =>
      client.db('t').collection<Numbered>('rows').insertOne({ _id: 1 }),
    );
    await appendFile(join(home.path, 'journal-000000.log'), tail);

    await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), [1]));
  }
});

test('a damaged snapshot is reported and not opened', async () => {
  await using home = await makeHome();
  await withServer(home.path, async (client) => {
    await client
      .db('t')
      .collection<Numbered>('rows')
      .insertOne({ _id: 1, text: 'x'.repeat(500) });
  });
  const snapshot = join(home.path, 'snapshot-000001.log');
  const bytes = await readFile(snapshot);
  bytes.writeUInt8(0x55, bytes.length - 100);
  await writeFile(snapshot, bytes);

  await assert.rejects(startEmbeddedMongo({ port: 0, home: home.path }), /damaged at byte \d+/);
});

test('a snapshot written while documents come, change and go equals what a journal alone would give', async () => {
  await using home = await makeHome();
  let expected: Document[] = [];
  await crashAfter(home.path, async (client, server) => {
    const rows = client.db('t').collection<Numbered>('rows');
    await rows.createIndex({ slot: 1 }, { unique: true, sparse: true });
    await rows.insertMany(
      Array.from({ length: 3000 }, (_, i) => ({ _id: i, slot: i, pad: 'p'.repeat(300) })),
    );
    const compacted = server.compact();
    await Promise.all([
      compacted,
      rows.updateMany({ _id: { $lt: 500 } }, { $unset: { slot: 1 }, $set: { moved: true } }),
      rows.deleteMany({ _id: { $gte: 2500 } }),
      makeAndDrop(client, 'gone'),
      client
        .db('t')
        .collection<Numbered>('late')
        .insertMany([{ _id: 1 }, { _id: 2 }]),
    ]);
    // A key that one document gave up while the snapshot was written and another took.
    await rows.updateOne({ _id: 900 }, { $set: { slot: 5 } });
    expected = await rows.find().sort({ _id: 1 }).toArray();
  });

  await withServer(home.path, async (client) => {
    assert.deepEqual(await client.db('t').collection('rows').find().sort({ _id: 1 }).toArray(), expected);
    assert.equal(await client.db('t').collection('late').countDocuments(), 2);
    const collections = await client.db('t').listCollections().toArray();
    assert.deepEqual(collections.map(({ name }) => name).sort(), ['late', 'rows']);
    await assert.rejects(client.db('t').collection<Numbered>('rows').insertOne({ _id: -1, slot: 5 }), {
      code: 11000,
    });
  });
});

test('a process that ends while it writes a snapshot leaves a folder that opens with everything', async () => {
  await using home = await makeHome();
  await crashAfter(home.path, (client) =>
    client
      .db('t')
      .collection<Numbered>('rows')
      .insertMany([{ _id: 1 }, { _id: 2 }]),
  );
  // What such an end leaves: half a snapshot beside, and the journal after the rotation with the newest writes.
  const journal = await readFile(join(home.path, 'journal-000000.log'));
  await writeFile(join(home.path, 'snapshot-000001.log.tmp'), journal.subarray(0, 40));
  await writeFile(join(home.path, 'journal-000001.log'), '');

  await withServer(home.path, async (client) => assert.deepEqual(await idsOf(client), [1, 2]));
  assert.ok(!(await readdir(home.path)).some((name) => name.endsWith('.tmp')));
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

test('a write that the disk does not take is refused, and so is every later one, while reads go on', async () => {
  await using home = await makeHome();
  await symlink('/dev/full', join(home.path, 'journal-000000.log'));
  const server = await startEmbeddedMongo({ port: 0, home: home.path });
  const client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection<Numbered>('rows');

  await assert.rejects(rows.insertOne({ _id: 1 }), { code: 14031 });
  await assert.rejects(rows.insertOne({ _id: 2 }), { code: 14031 });
  assert.equal(await rows.countDocuments({ _id: 2 }), 0);

  await client.close();
  await assert.rejects(async () => server[Symbol.asyncDispose]());
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

async function makeAndDrop(client: MongoClient, name: string): Promise<void> {
  await client.db('t').collection(name).insertOne({ a: 1 });
  await client.db('t').collection(name).drop();
}

async function idsOf(client: MongoClient): Promise<number[]> {
  const found = await client.db('t').collection<Numbered>('rows').find().sort({ _id: 1 }).toArray();
  return found.map(({ _id }) => _id);
}

/** Runs `work` in a server whose folder is then copied as a crash would leave it: nothing flushed, nothing compacted. */
async function crashAfter(
  home: string,
  work: (client: MongoClient, server: EmbeddedMongo) => Promise<unknown>,
): Promise<void> {
  const server = await startEmbeddedMongo({ port: 0, home });
  const client = await new MongoClient(server.url).connect();
  await work(client, server);
  const files = new Map<string, Buffer>();
  for (const name of await readdir(home)) files.set(name, await readFile(join(home, name)));
  await client.close();
  await server[Symbol.asyncDispose]();

  for (const name of await readdir(home)) await rm(join(home, name));
  for (const [name, bytes] of files) if (name !== 'lock') await writeFile(join(home, name), bytes);
}

async function withServer(
  home: string,
  work: (client: MongoClient, server: EmbeddedMongo) => Promise<unknown>,
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
    await work(client, server);
  } finally {
    await client.close();
    await server[Symbol.asyncDispose]();
  }
}

async function startProcess(
  home: string,
  journalBytes = 64 * 1024 * 1024,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: {
      ...process.env,
      MONGODB_PORT: '0',
      MONGODB_HOME: home,
      MONGODB_JOURNAL_BYTES: String(journalBytes),
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
