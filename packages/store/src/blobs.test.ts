import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { isFault } from '@posthorn/runtime';
import { withTestStore } from '@posthorn/testing';
import { createBlobStore } from './blobs.ts';
import { createConnection } from './connection.ts';

const store = await withTestStore();
after(() => store[Symbol.asyncDispose]());

test('a blob comes back byte for byte, and a second put leaves it', async () => {
  const bytes = randomBytes(600_000);

  await store.blobs.put('big', bytes);
  await store.blobs.put('big', bytes);

  assert.ok(bytes.equals(await store.blobs.get('big')));
});

test('large blobs, many at once, leave connections for other calls, which go on meanwhile', async () => {
  const bytes = randomBytes(10 * 1024 * 1024);
  let [isOver, others] = [false, 0];

  const putting = Promise.all(
    Array.from({ length: 12 }, (_, n) => store.blobs.put(`large-${n}`, bytes)),
  ).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await store.contacts.findMany(1, ['nobody@example.com']);
    others += 1;
  }
  await putting;

  assert.ok(others > 0);
  assert.ok(bytes.equals(await store.blobs.get('large-11')));
});

test('a blob is written chunk by chunk, over one connection at a time', async () => {
  const connection = createConnection();
  await connection.openUri(store.url, { dbName: store.dbName, monitorCommands: true });
  let [underWay, underWayMax] = [0, 0];
  connection.getClient().on('commandStarted', ({ commandName }) => {
    if (commandName === 'insert') underWayMax = Math.max(underWayMax, ++underWay);
  });
  connection.getClient().on('commandSucceeded', ({ commandName }) => {
    if (commandName === 'insert') underWay -= 1;
  });

  await createBlobStore(connection, (_, work) => work()).put('steady', randomBytes(12 * 1024 * 1024));
  await connection.close();

  assert.equal(underWayMax, 1);
});

test('blobs that are older than a moment are listed by id, page by page', async () => {
  for (const id of ['old-2', 'old-1', 'old-3']) await store.blobs.put(id, Buffer.from(id));
  const beforeMs = Date.now() + 1;

  const page = await store.blobs.listOlder({ beforeMs, after: 'old', limit: 2 });
  const next = await store.blobs.listOlder({ beforeMs, after: 'old-2', limit: 2 });

  assert.deepEqual([page, next.slice(0, 1)], [['old-1', 'old-2'], ['old-3']]);
  assert.deepEqual(await store.blobs.listOlder({ beforeMs: Date.now() - 60_000, limit: 9 }), []);
});

test('an empty blob is a blob', async () => {
  await store.blobs.put('empty', Buffer.alloc(0));

  assert.equal((await store.blobs.get('empty')).length, 0);
});

test('a blob that was deleted or never put is not found, and deleting it again changes nothing', async () => {
  await store.blobs.put('gone', Buffer.from('x'));
  await store.blobs.delete('gone');
  await store.blobs.delete('gone');

  for (const id of ['gone', 'never']) {
    await assert.rejects(store.blobs.get(id), (error) => isFault(error, 'not_found'));
  }
});

test('a put that a crash cut short is made whole by the next', async () => {
  const bytes = randomBytes(600_000);
  await store.blobs.put('cut', bytes);
  const connection = createConnection();
  await connection.openUri(store.url, { dbName: store.dbName });
  await connection.collection<{ _id: string }>('blobs.files').deleteOne({ _id: 'cut' });
  await connection.close();

  await store.blobs.put('cut', bytes);

  assert.ok(bytes.equals(await store.blobs.get('cut')));
});
