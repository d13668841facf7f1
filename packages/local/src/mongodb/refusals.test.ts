import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Db, type Document, Long, MongoClient, MongoServerError } from 'mongodb';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

let server: Awaited<ReturnType<typeof startEmbeddedMongo>>;
let client: MongoClient;
let db: Db;
before(async () => {
  server = await startEmbeddedMongo({ port: 0, home: null });
  client = await new MongoClient(server.url).connect();
  db = client.db('t');
  await db.collection('rows').insertOne({ n: 'text', list: 5 });
});
after(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const commandCases: [string, Document, number, string][] = [
  ['an unknown command', { transmogrify: 1 }, 59, 'CommandNotFound'],
  ['a command it does not have', { collMod: 'rows' }, 59, 'CommandNotFound'],
  ['an unknown field', { find: 'rows', fliter: {} }, 40415, 'Location40415'],
  ['an option it does not have', { find: 'rows', collation: { locale: 'de' } }, 72, 'InvalidOptions'],
  ['a tailable cursor', { find: 'rows', tailable: true }, 72, 'InvalidOptions'],
  ['a filter that is no document', { find: 'rows', filter: 3 }, 14, 'TypeMismatch'],
  ['an unknown filter operator', { find: 'rows', filter: { a: { $near: 1 } } }, 2, 'BadValue'],
  ['an unknown operator at the top', { find: 'rows', filter: { $where: '1' } }, 2, 'BadValue'],
  ['$in without a list', { find: 'rows', filter: { a: { $in: 1 } } }, 2, 'BadValue'],
  ['a broken regular expression', { find: 'rows', filter: { a: { $regex: '(' } } }, 2, 'BadValue'],
  ['a negative skip', { find: 'rows', skip: -1 }, 2, 'BadValue'],
  ['a hint at no index', { find: 'rows', hint: 'nope' }, 2, 'BadValue'],
  ['a mixed projection', { find: 'rows', projection: { a: 1, b: 0 } }, 2, 'BadValue'],
  [
    'an unknown stage',
    { aggregate: 'rows', pipeline: [{ $frobnicate: 1 }], cursor: {} },
    40324,
    'Location40324',
  ],
  [
    'a change stream',
    { aggregate: 'rows', pipeline: [{ $changeStream: {} }], cursor: {} },
    40573,
    'Location40573',
  ],
  [
    'a stage that writes',
    { aggregate: 'rows', pipeline: [{ $out: 'x' }], cursor: {} },
    115,
    'CommandNotSupported',
  ],
  [
    'code from a client, also deep within',
    {
      aggregate: 'rows',
      pipeline: [{ $facet: { a: [{ $addFields: { b: { $function: {} } } }] } }],
      cursor: {},
    },
    115,
    'CommandNotSupported',
  ],
  ['aggregate without a cursor', { aggregate: 'rows', pipeline: [] }, 9, 'FailedToParse'],
  ['an aggregation of no collection', { aggregate: 1, pipeline: [], cursor: {} }, 73, 'InvalidNamespace'],
  ['insert without documents', { insert: 'rows' }, 40414, 'Location40414'],
  ['a transaction', { insert: 'rows', documents: [{}], txnNumber: Long.ONE }, 20, 'IllegalOperation'],
  [
    'a write to more than one server',
    { insert: 'rows', documents: [{}], writeConcern: { w: 2 } },
    2,
    'BadValue',
  ],
  ['a snapshot read', { find: 'rows', readConcern: { level: 'snapshot' } }, 72, 'InvalidOptions'],
  ['a capped collection', { create: 'c', capped: true, size: 1000 }, 72, 'InvalidOptions'],
  ['a view', { create: 'v', viewOn: 'rows', pipeline: [] }, 72, 'InvalidOptions'],
  ['a name with a dollar', { create: 'a$b' }, 73, 'InvalidNamespace'],
  [
    'a text index',
    { createIndexes: 'rows', indexes: [{ key: { a: 'text' }, name: 'x' }] },
    67,
    'CannotCreateIndex',
  ],
  [
    'an unknown index option',
    { createIndexes: 'rows', indexes: [{ key: { a: 1 }, name: 'x', foo: 1 }] },
    72,
    'InvalidOptions',
  ],
  [
    'a compound TTL index',
    { createIndexes: 'rows', indexes: [{ key: { a: 1, b: 1 }, name: 'x', expireAfterSeconds: 1 }] },
    67,
    'CannotCreateIndex',
  ],
  ['dropping an index that is not there', { dropIndexes: 'rows', index: 'nope' }, 27, 'IndexNotFound'],
  ['dropping the _id index', { dropIndexes: 'rows', index: '_id_' }, 72, 'InvalidOptions'],
  ['indexes of no collection', { listIndexes: 'nowhere' }, 26, 'NamespaceNotFound'],
  [
    'more of a cursor that is closed',
    { getMore: Long.fromNumber(77), collection: 'rows' },
    43,
    'CursorNotFound',
  ],
  ['an unknown parameter', { getParameter: 1 }, 72, 'InvalidOptions'],
  ['findAndModify that does nothing', { findAndModify: 'rows', query: {} }, 9, 'FailedToParse'],
];

for (const [what, command, code, codeName] of commandCases) {
  test(`${what} is refused with ${codeName} (${code})`, async () => {
    await assert.rejects(db.command(command), (error) => {
      assert.ok(error instanceof MongoServerError);
      assert.deepEqual([error.code, error.codeName], [code, codeName]);
      return true;
    });
  });
}

const updateCases: [string, Document | Document[], number][] = [
  ['an unknown modifier', { $frob: { a: 1 } }, 9],
  ['a modifier mixed with a field', { $set: { a: 1 }, b: 2 }, 9],
  ['two writes to one path', { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['a write below another', { $set: { a: 1, 'a.b': 1 } }, 40],
  ['a change of _id', { $set: { _id: 5 } }, 66],
  ['a sum with text', { $inc: { n: 1 } }, 14],
  ['an increment that is no number', { $inc: { m: 'x' } }, 14],
  ['$push to what is no array', { $push: { list: 1 } }, 2],
  ['a field of a number', { $set: { 'list.a': 1 } }, 28],
  ['an array filter that is missing', { $set: { 'a.$[x]': 1 } }, 2],
  ['a stage that is not for updates', [{ $group: { _id: 1 } }], 72],
];

for (const [what, update, code] of updateCases) {
  test(`an update with ${what} fails with ${code} and changes nothing`, async () => {
    const before = await db.collection('rows').find().toArray();

    const answer = await db.command({ update: 'rows', updates: [{ q: {}, u: update }] });

    assert.deepEqual([answer['n'], answer['writeErrors']?.[0]?.code], [0, code]);
    assert.deepEqual(await db.collection('rows').find().toArray(), before);
  });
}

test('a duplicate key names the index, its pattern and the value', async () => {
  await db.collection('unique').createIndex({ a: 1, b: -1 }, { unique: true });
  await db.collection('unique').insertOne({ a: 1, b: 'x' });

  const failure = await db
    .collection('unique')
    .insertOne({ a: 1, b: 'x' })
    .catch((error: unknown) => error);

  assert.ok(failure instanceof MongoServerError);
  assert.match(
    failure.message,
    /E11000 duplicate key error collection: t\.unique index: a_1_b_-1 dup key: \{ a: 1, b: "x" \}/,
  );
  assert.deepEqual(
    [failure['keyPattern'], failure['keyValue']],
    [
      { a: 1, b: -1 },
      { a: 1, b: 'x' },
    ],
  );
});

test('an index of the same name or the same keys with other options is refused', async () => {
  const create = (spec: Document) => db.command({ createIndexes: 'clash', indexes: [spec] });
  await create({ key: { a: 1 }, name: 'a' });

  await create({ key: { a: 1 }, name: 'a' });
  await assert.rejects(create({ key: { a: 1 }, name: 'a', unique: true }), { code: 86 });
  await assert.rejects(create({ key: { b: 1 }, name: 'a' }), { code: 86 });
  await assert.rejects(create({ key: { a: 1 }, name: 'other' }), { code: 85 });
});

test('a unique index is not made where the documents forbid it', async () => {
  await db.collection('twice').insertMany([{ a: 1 }, { a: 1 }]);

  await assert.rejects(db.collection('twice').createIndex({ a: 1 }, { unique: true }), { code: 11000 });
  assert.equal((await db.collection('twice').indexes()).length, 1);
});

test('the driver cannot begin a transaction or a change stream', async () => {
  const session = client.startSession();
  session.startTransaction();
  // The driver puts its own words in the place of code 20.
  await assert.rejects(db.collection('rows').insertOne({}, { session }), /does not support retryable writes/);
  await session.endSession();

  const stream = db.collection('rows').watch();
  await assert.rejects(stream.next(), { code: 40573 });
  await stream.close();
});

test('a cursor whose collection was dropped ends with QueryPlanKilled', async () => {
  const rows = db.collection('dropped');
  await rows.insertMany([{ a: 1 }, { a: 2 }, { a: 3 }]);
  const cursor = rows.find().batchSize(1);
  await cursor.next();
  await rows.drop();

  await assert.rejects(cursor.toArray(), { code: 175 });
});

test('a document beyond 16 MiB is refused, sent whole or grown by an update', async () => {
  const rows = db.collection('large');
  const piece = 'x'.repeat(8 * 1024 * 1024 + 10);
  const whole = await db.command({ insert: 'large', documents: [{ _id: 1, text: piece + piece }] });
  await db.command({ insert: 'large', documents: [{ _id: 2, piece }] });
  const grown = await db.command({
    update: 'large',
    updates: [{ q: { _id: 2 }, u: { $set: { more: piece } } }],
  });

  assert.deepEqual([whole['writeErrors']?.[0]?.code, grown['writeErrors']?.[0]?.code], [10334, 10334]);
  assert.deepEqual(await rows.find({}, { projection: { _id: 1, more: 1 } }).toArray(), [{ _id: 2 }]);
});

test('a command beyond its maxTimeMS ends with MaxTimeMSExpired', async () => {
  await db
    .collection('many')
    .insertMany(Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'abc'.repeat(20) })));

  const slow = db
    .collection('many')
    .find({ text: { $regex: '(a|b|c)+d$' } })
    .maxTimeMS(1);

  await assert.rejects(slow.toArray(), { code: 50 });
});
