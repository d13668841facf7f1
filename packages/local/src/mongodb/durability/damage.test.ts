import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { startEmbeddedMongo } from '../start-embedded-mongo.ts';

type Numbered = Document & { _id: number };
const count = 400;

test('a log with a bad frame before its last transaction is not opened, and the message says where to cut', async () => {
  const files = await filesAfter('crash');
  const log = files.get('data.sqlite-wal') ?? Buffer.alloc(0);
  const at = Math.floor(log.length / 2);
  log.fill(0xa5, at, at + 100);
  await using home = await makeHome(files);

  await assert.rejects(
    startEmbeddedMongo({ port: 0, home: home.path }),
    /damaged at byte \d+ of \d+, .* truncate -s \d+/,
  );
  assert.deepEqual(await readFile(join(home.path, 'data.sqlite-wal')), log);
});

test('a bad frame in the last transaction is taken for a torn write, reported, and copied', async () => {
  const files = await filesAfter('crash');
  const written = files.get('data.sqlite-wal') ?? Buffer.alloc(0);
  written.fill(0xa5, written.length - 2000, written.length - 1900);
  await using home = await makeHome(files);
  const warnings: string[] = [];
  const log = {
    info() {},
    error() {},
    warn: (_fields: object, message: string) => void warnings.push(message),
  };

  await using server = await startEmbeddedMongo({ port: 0, home: home.path, log });

  await using client = await new MongoClient(server.url).connect();
  assert.equal(await client.db('t').collection('rows').countDocuments(), count - 50);
  assert.deepEqual(warnings, ['log ended in a torn transaction, left out']);
  assert.ok((await readdir(home.path)).includes('data.sqlite-wal.torn'));
});

test('wherever the database is damaged, it is not opened, or everything is there', async () => {
  const files = await filesAfter('stop');
  const sound = files.get('data.sqlite') ?? Buffer.alloc(0);
  let refused = 0;
  const places = 60;
  for (let i = 0; i < places; i++) {
    const damaged = Buffer.from(sound);
    const at = Math.floor(((i + 0.5) / places) * sound.length);
    for (let k = at; k < Math.min(at + 100, damaged.length); k++) damaged[k] = (k * 7919 + i) % 251;
    await using home = await makeHome(new Map([['data.sqlite', damaged]]));
    const reason = await startEmbeddedMongo({ port: 0, home: home.path }).then(
      async (server) => {
        await using _server = server;
        await assertWhole(server.url, `damage at ${at}`);
      },
      (error: unknown) => String(error),
    );
    if (reason === undefined) continue;
    refused++;
    assert.match(reason, /data\.sqlite is damaged: .* Put a copy of the folder in its place/);
  }
  assert.ok(refused > places / 2, `${refused} refused`);
});

async function assertWhole(url: string, what: string): Promise<void> {
  await using client = await new MongoClient(url).connect();
  const rows = client.db('t').collection<Numbered>('rows');
  assert.deepEqual(
    await idsOf(rows, {}),
    Array.from({ length: count }, (_, i) => i),
    what,
  );
  for (let i = 0; i < count; i += 10) {
    assert.deepEqual(await idsOf(rows, { n: `key ${i}` }), [i], what);
    assert.equal((await rows.findOne({ _id: i }))?.['pad'], 'x'.repeat(200), what);
  }
}

async function idsOf(rows: Collection<Numbered>, filter: object): Promise<number[]> {
  return (await rows.find(filter).toArray()).map(({ _id }) => _id);
}

/** The files of a server with 400 documents, inserted in bags of 50, as a crash or an orderly end leaves them. */
async function filesAfter(end: 'crash' | 'stop'): Promise<Map<string, Buffer>> {
  await using home = await makeHome(new Map());
  const server = await startEmbeddedMongo({ port: 0, home: home.path });
  const client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection<Numbered>('rows');
  await rows.createIndex({ n: 1 });
  for (let i = 0; i < count; i += 50)
    await rows.insertMany(
      Array.from({ length: 50 }, (_, k) => ({ _id: i + k, n: `key ${i + k}`, pad: 'x'.repeat(200) })),
    );
  const crashed = await readAll(home.path);
  await client.close();
  await server[Symbol.asyncDispose]();
  return end === 'crash' ? crashed : readAll(home.path);
}

async function readAll(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).filter((name) => name !== 'lock');
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

async function makeHome(files: ReadonlyMap<string, Buffer>): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'posthorn-mongodb-'));
  for (const [name, bytes] of files) await writeFile(join(path, name), bytes);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
