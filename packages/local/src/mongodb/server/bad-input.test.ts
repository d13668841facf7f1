import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { deserialize, serialize } from 'bson';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo } from '../start-embedded-mongo.ts';

let server: Awaited<ReturnType<typeof startEmbeddedMongo>>;
before(async () => {
  server = await startEmbeddedMongo({ port: 0, home: null });
});
after(async () => {
  await server[Symbol.asyncDispose]();
});

test('a message of an impossible length ends its connection and nothing else', async () => {
  for (const length of [0, 15, -1, 2_000_000_000]) {
    const socket = await open();
    socket.write(header(length, 2013));

    await once(socket, 'close');
  }
  await assertServes();
});

test('HTTP, garbage and a message cut short do not end the server', async () => {
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.alloc(40, 0xab),
    header(5000, 2013),
  ]) {
    const socket = await open();
    socket.end(bytes);
    await once(socket, 'close');
  }
  await assertServes();
});

test('an OP_MSG that is malformed is answered with an error, and the connection goes on', async () => {
  const ping = serialize({ ping: 1, $db: 'admin' });
  const wrongLength = Buffer.from(ping);
  wrongLength.writeInt32LE(3000, 0);
  const sections: [string, Buffer, number][] = [
    ['unknown required flag', message(Buffer.concat([Buffer.from([0]), ping]), 4), 9],
    ['unknown section', message(Buffer.concat([Buffer.from([7]), ping])), 9],
    ['a document longer than the message', message(Buffer.concat([Buffer.from([0]), wrongLength])), 9],
    ['no body', message(Buffer.alloc(0)), 9],
    ['broken BSON', message(Buffer.from([0, 12, 0, 0, 0, 2, 0x61, 0, 99, 0, 0, 0, 0])), 22],
    [
      'a nest without end',
      message(Buffer.concat([Buffer.from([0]), serialize({ ping: 1, deep: nest(500), $db: 'a' })])),
      15,
    ],
    ['no database', message(Buffer.concat([Buffer.from([0]), serialize({ ping: 1 })])), 40414],
    ['compressed', Buffer.concat([header(16, 2012)]), 20],
  ];
  const socket = await open();
  for (const [what, bytes, code] of sections) {
    assert.deepEqual([what, (await ask(socket, bytes))['code']], [what, code]);
  }

  assert.equal((await ask(socket, message(Buffer.concat([Buffer.from([0]), ping]))))['ok'], 1);
  socket.destroy();
});

test('messages that arrive byte by byte or many at once are all answered, in order', async () => {
  const ping = message(Buffer.concat([Buffer.from([0]), serialize({ ping: 1, $db: 'admin' })]));
  const socket = await open();
  for (const byte of ping) socket.write(Buffer.from([byte]));
  assert.equal((await nextReply(socket)).responseTo, 1);

  const pings = Array.from({ length: 20 }, (_, i) => {
    const copy = Buffer.from(ping);
    copy.writeInt32LE(100 + i, 4);
    return copy;
  });
  const replies = collectReplies(socket, 20);
  socket.write(Buffer.concat(pings));
  assert.deepEqual(
    await replies,
    Array.from({ length: 20 }, (_, i) => 100 + i),
  );
  socket.destroy();
});

test('field names that objects inherit are data like any other', async () => {
  const client = await new MongoClient(server.url).connect();
  const rows = client.db('t').collection('names');
  const doc = { _id: 1, constructor: 'a', toString: 'b', hasOwnProperty: 1 };
  await client.db('t').command({ insert: 'names', documents: [doc] });
  await client.db('t').command({ insert: 'names', documents: [{ _id: 2 }] });

  assert.deepEqual((await rows.find({ constructor: 'a' }).toArray()).length, 1);
  assert.equal(await rows.countDocuments({ toString: { $exists: false } }), 1);
  assert.equal(await rows.countDocuments({ valueOf: { $exists: true } }), 0);
  await rows.updateOne({ _id: Object(2) }, { $set: { '__proto__.polluted': true } }).catch(() => undefined);
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  await client.close();
});

async function assertServes(): Promise<void> {
  const client = await new MongoClient(server.url).connect();
  assert.equal((await client.db('admin').command({ ping: 1 }))['ok'], 1);
  await client.close();
}

async function open(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function header(length: number, opCode: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(length, 0);
  bytes.writeInt32LE(1, 4);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
}

function message(sections: Buffer, flags = 0): Buffer {
  const flagBytes = Buffer.alloc(4);
  flagBytes.writeUInt32LE(flags);
  return Buffer.concat([header(20 + sections.length, 2013), flagBytes, sections]);
}

async function ask(socket: Socket, bytes: Buffer): Promise<Record<string, unknown>> {
  socket.write(bytes);
  return (await nextReply(socket)).body;
}

async function nextReply(socket: Socket): Promise<{ responseTo: number; body: Record<string, unknown> }> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, 'data');
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < 4 || bytes.length < bytes.readInt32LE(0)) continue;
    return { responseTo: bytes.readInt32LE(8), body: deserialize(bytes.subarray(21, bytes.readInt32LE(0))) };
  }
}

async function collectReplies(socket: Socket, count: number): Promise<number[]> {
  const ids: number[] = [];
  let bytes = Buffer.alloc(0);
  while (ids.length < count) {
    const [chunk] = await once(socket, 'data');
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 16 && bytes.length >= bytes.readInt32LE(0)) {
      ids.push(bytes.readInt32LE(8));
      bytes = bytes.subarray(bytes.readInt32LE(0));
    }
  }
  return ids;
}

function nest(depth: number): object {
  let inner: object = {};
  for (let i = 0; i < depth; i++) inner = { a: inner };
  return inner;
}
