import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Binary, type Collection, type Db, Double, GridFSBucket, Long, MongoClient, ObjectId } from 'mongodb';
import { filterCases, type Row, sampleRows, updateCases } from './conformance-cases.ts';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

/** What the same operations are run against: the embedded server, and the real one where there is one. */
type Engine = { name: string; open: () => Promise<AsyncDisposable & { url: string }> };

const realUrl = process.env['MONGODB_URL'];
const engines: Engine[] = [
  { name: 'embedded', open: () => startEmbeddedMongo({ port: 0, home: null }) },
  ...(realUrl
    ? [{ name: 'MONGODB_URL', open: async () => ({ url: realUrl, async [Symbol.asyncDispose]() {} }) }]
    : []),
];

for (const engine of engines) {
  describe(`the store's operations on ${engine.name}`, () => {
    let server: AsyncDisposable & { url: string };
    let client: MongoClient;
    let db: Db;
    before(async () => {
      server = await engine.open();
      client = await new MongoClient(server.url).connect();
      db = client.db(`conformance_${randomUUID().slice(0, 8)}`);
    });
    after(async () => {
      await db.dropDatabase();
      await client.close();
      await server[Symbol.asyncDispose]();
    });
    const fresh = (): Collection<Row> => db.collection<Row>(`c_${randomUUID().slice(0, 8)}`);

    test('documents come back with the values and types they were stored with', async () => {
      const rows = fresh();
      const stored = {
        _id: 'types',
        int: 5,
        double: 5.5,
        wholeDouble: new Double(5),
        big: 1_700_000_000_000,
        long: Long.fromString('9007199254740993'),
        text: 'grüße 🚀',
        date: new Date(1_700_000_000_123),
        id: new ObjectId(),
        bytes: new Binary(Buffer.from([0, 1, 255])),
        flags: [true, false, null],
        nested: { deep: [{ a: 1 }, { b: [] }] },
        pattern: /^a.b$/i,
      };

      await rows.insertOne(stored);
      const raw = await db
        .collection(rows.collectionName)
        .findOne({}, { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: false });

      assert.equal(raw?.['int']?._bsontype, 'Int32');
      assert.equal(raw?.['wholeDouble']?._bsontype, 'Double');
      assert.equal(raw?.['big']?._bsontype, 'Double');
      assert.equal(raw?.['long']?.toString(), '9007199254740993');
      const { long, wholeDouble, ...plain } = stored;
      const found = await rows.findOne({ _id: 'types' }, { projection: { long: 0, wholeDouble: 0 } });
      assert.deepEqual(found, plain);
    });

    test('an ordered insert ends at the first duplicate, an unordered one goes on', async () => {
      const rows = fresh();
      const batch = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];

      await assert.rejects(rows.insertMany(batch, { ordered: true }), { code: 11000 });
      assert.equal(await rows.countDocuments(), 1);
      await assert.rejects(rows.insertMany([...batch, { _id: 3 }], { ordered: false }), { code: 11000 });
      assert.deepEqual(await idsOf(rows), [1, 2, 3]);
    });

    test('a unique index refuses a second document with its key, by insert, update and upsert', async () => {
      const rows = fresh();
      await rows.createIndex({ accountId: 1, email: 1 }, { unique: true });
      await rows.insertMany([
        { _id: 1, accountId: 'a', email: 'x' },
        { _id: 2, accountId: 'a', email: 'y' },
        { _id: 3, accountId: 'b', email: 'x' },
      ]);

      const duplicate = { code: 11000 };
      await assert.rejects(rows.insertOne({ _id: 4, accountId: 'a', email: 'x' }), duplicate);
      await assert.rejects(rows.updateOne({ _id: 2 }, { $set: { email: 'x' } }), duplicate);
      await assert.rejects(
        rows.replaceOne({ _id: 9 }, { accountId: 'b', email: 'x' }, { upsert: true }),
        duplicate,
      );
      assert.equal(await rows.countDocuments(), 3);
    });

    test('a partial unique index holds only the documents of its filter', async () => {
      const rows = fresh();
      await rows.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { state: 'live' } });
      await rows.insertMany([
        { _id: 1, email: 'x', state: 'draft' },
        { _id: 2, email: 'x', state: 'draft' },
        { _id: 3, email: 'x', state: 'live' },
      ]);

      await assert.rejects(rows.updateOne({ _id: 1 }, { $set: { state: 'live' } }), { code: 11000 });
      await rows.deleteOne({ _id: 3 });
      await rows.updateOne({ _id: 1 }, { $set: { state: 'live' } });
      assert.deepEqual(await idsOf(rows, { email: 'x', state: 'live' }), [1]);
    });

    test('filters find what they say, with and without an index', async () => {
      const plain = fresh();
      const indexed = fresh();
      await indexed.createIndexes([{ key: { n: 1 } }, { key: { tags: 1 } }, { key: { 'a.b': 1, n: -1 } }]);
      const documents = sampleRows();
      await plain.insertMany(documents);
      await indexed.insertMany(documents);

      for (const [filter, expected] of filterCases) {
        assert.deepEqual(await idsOf(plain, filter), expected, JSON.stringify(filter));
        assert.deepEqual(await idsOf(indexed, filter), expected, `indexed ${JSON.stringify(filter)}`);
      }
    });

    test('sort, skip, limit and projection work together', async () => {
      const rows = fresh();
      await rows.createIndex({ group: 1, n: -1 });
      await rows.insertMany(
        Array.from({ length: 20 }, (_, i) => ({ _id: i, group: i % 2, n: i, x: { y: i, z: 1 } })),
      );

      const page = await rows
        .find({ group: 1 }, { projection: { n: 1, 'x.y': 1, _id: 0 } })
        .sort({ n: -1 })
        .skip(2)
        .limit(3)
        .toArray();
      assert.deepEqual(
        page,
        [15, 13, 11].map((n) => ({ n, x: { y: n } })),
      );
      const without = await rows.find({ _id: 4 }, { projection: { x: 0, group: 0 } }).toArray();
      assert.deepEqual(without, [{ _id: 4, n: 4 }]);
      const ascending = await rows.find({ group: 1 }).sort({ n: 1 }).limit(1).toArray();
      assert.equal(ascending[0]?._id, 1);
    });

    test('a cursor gives every document over many batches', async () => {
      const rows = fresh();
      await rows.insertMany(Array.from({ length: 1000 }, (_, i) => ({ _id: i })));

      const seen = await rows.find({}).batchSize(7).toArray();

      assert.deepEqual(
        seen.map(({ _id }) => Number(_id)).sort((a, b) => a - b),
        Array.from({ length: 1000 }, (_, i) => i),
      );
    });

    test('update operators change what they name and nothing else', async () => {
      for (const { from, update, to, options } of updateCases) {
        const rows = fresh();
        await rows.insertOne({ _id: 1, ...from });
        await rows.updateOne({ _id: 1, ...options?.where }, update, { ...options?.driver });
        const { _id, ...found } = (await rows.findOne({ _id: 1 })) ?? { _id: 0 };
        assert.deepEqual(found, to, JSON.stringify(update));
      }
    });

    test('an upsert inserts the equalities of its filter with what it sets, once', async () => {
      const rows = fresh();
      const upsert = () =>
        rows.updateOne(
          { accountId: 'a', hour: { $eq: 7 }, n: { $gte: 0 } },
          { $inc: { n: 2 }, $setOnInsert: { made: true }, $max: { top: 3 } },
          { upsert: true },
        );

      const first = await upsert();
      const second = await upsert();

      assert.deepEqual([first.upsertedCount, second.upsertedCount, second.modifiedCount], [1, 0, 1]);
      const found = await rows.find({}, { projection: { _id: 0 } }).toArray();
      assert.deepEqual(found, [{ accountId: 'a', hour: 7, n: 4, made: true, top: 3 }]);
    });

    test('an unordered bulk reports each failure by its place and does the rest', async () => {
      const rows = fresh();
      await rows.insertOne({ _id: 1, n: 0 });

      const failure = await rows
        .bulkWrite(
          [
            { updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } },
            { insertOne: { document: { _id: 1 } } },
            { updateOne: { filter: { _id: 2 }, update: { $set: { n: 5 } }, upsert: true } },
            { deleteMany: { filter: { n: 1 } } },
          ],
          { ordered: false },
        )
        .catch((error: unknown) => error);

      assert.ok(failure instanceof Error && 'writeErrors' in failure && Array.isArray(failure.writeErrors));
      assert.deepEqual(
        failure.writeErrors.map((error: { index: number; code: number }) => [error.index, error.code]),
        [[1, 11000]],
      );
      assert.deepEqual(await rows.find().toArray(), [{ _id: 2, n: 5 }]);
    });

    test('an update that changes nothing matches without modifying', async () => {
      const rows = fresh();
      await rows.insertMany([
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
      ]);

      const { matchedCount, modifiedCount } = await rows.updateMany({}, { $set: { n: 1 } });

      assert.deepEqual([matchedCount, modifiedCount], [2, 1]);
    });

    test('findAndModify gives the document before or after, upserts, removes and obeys its sort', async () => {
      const rows = fresh();
      await rows.insertMany([
        { _id: 1, n: 1 },
        { _id: 2, n: 2 },
        { _id: 3, n: 3 },
      ]);

      assert.deepEqual(await rows.findOneAndUpdate({}, { $inc: { n: 10 } }, { sort: { n: -1 } }), {
        _id: 3,
        n: 3,
      });
      assert.deepEqual(
        await rows.findOneAndUpdate({ _id: 3 }, { $set: { m: 1 } }, { returnDocument: 'after' }),
        { _id: 3, n: 13, m: 1 },
      );
      assert.deepEqual(
        await rows.findOneAndReplace({ _id: 4 }, { n: 4 }, { upsert: true, returnDocument: 'after' }),
        { _id: 4, n: 4 },
      );
      assert.deepEqual(await rows.findOneAndDelete({ n: { $gt: 1 } }, { sort: { n: 1 } }), { _id: 2, n: 2 });
      assert.equal(await rows.findOneAndUpdate({ _id: 99 }, { $set: { n: 0 } }), null);
    });

    test('count, distinct and delete agree with find', async () => {
      const rows = fresh();
      await rows.insertMany(sampleRows());

      assert.equal(await rows.countDocuments({ n: { $gte: 3 } }), 3);
      assert.equal(await rows.estimatedDocumentCount(), 6);
      assert.deepEqual(await rows.distinct('tags'), ['x', 'y', 'z']);
      assert.equal((await rows.deleteMany({ n: { $gte: 3 } })).deletedCount, 3);
      assert.equal((await rows.deleteOne({})).deletedCount, 1);
      assert.equal(await rows.countDocuments(), 2);
    });

    test('aggregation matches, groups, sorts, joins and counts', async () => {
      const rows = fresh();
      await rows.insertMany(sampleRows());

      const groups = await rows
        .aggregate([
          { $match: { n: { $exists: true } } },
          { $group: { _id: { $gte: ['$n', 3] }, total: { $sum: '$n' }, ids: { $push: '$_id' } } },
          { $sort: { _id: 1 } },
        ])
        .toArray();
      assert.deepEqual(groups, [
        { _id: false, total: 3, ids: [1, 2] },
        { _id: true, total: 12, ids: [3, 4, 5] },
      ]);
      const joined = await rows
        .aggregate([
          { $match: { _id: 1 } },
          { $lookup: { from: rows.collectionName, localField: 'n', foreignField: '_id', as: 'same' } },
          { $project: { n: 1, count: { $size: '$same' } } },
        ])
        .toArray();
      assert.deepEqual(joined, [{ _id: 1, n: 1, count: 1 }]);
      const [facet] = await rows
        .aggregate([
          { $facet: { all: [{ $count: 'n' }], tagged: [{ $match: { tags: 'x' } }, { $count: 'n' }] } },
        ])
        .toArray();
      assert.deepEqual(facet, { all: [{ n: 6 }], tagged: [{ n: 2 }] });
    });

    test('aggregation counts by hour, joins by ObjectId, unwinds and adds up every type of number', async () => {
      const rows = fresh();
      const email = new ObjectId();
      const at = (hour: number, minute: number) => new Date(Date.UTC(2026, 0, 1, hour, minute));
      await rows.insertMany([
        { _id: 1, email, at: at(7, 5), n: 1, tags: ['x', 'y'] },
        { _id: 2, email, at: at(7, 55), n: 2.5, tags: ['x'] },
        { _id: 3, email: new ObjectId(), at: at(8, 0), n: Long.fromNumber(4), tags: [] },
      ]);

      const hours = await rows
        .aggregate([
          {
            $group: {
              _id: { $dateTrunc: { date: '$at', unit: 'hour' } },
              n: { $sum: '$n' },
              last: { $max: '$at' },
            },
          },
          { $sort: { _id: 1 } },
        ])
        .toArray();
      assert.deepEqual(hours, [
        { _id: at(7, 0), n: 3.5, last: at(7, 55) },
        { _id: at(8, 0), n: 4, last: at(8, 0) },
      ]);
      const byEmail = await rows
        .aggregate([{ $group: { _id: '$email', ids: { $addToSet: '$_id' } } }, { $match: { _id: email } }])
        .toArray();
      assert.deepEqual([byEmail[0]?.['_id'], byEmail[0]?.['ids'].length], [email, 2]);
      const tags = await rows.aggregate([{ $unwind: '$tags' }, { $sortByCount: '$tags' }]).toArray();
      assert.deepEqual(tags, [
        { _id: 'x', count: 2 },
        { _id: 'y', count: 1 },
      ]);
    });

    test('a pipeline update computes from the document', async () => {
      const rows = fresh();
      await rows.insertOne({ _id: 1, a: 2, b: 3 });

      await rows.updateOne({ _id: 1 }, [{ $set: { sum: { $add: ['$a', '$b'] } } }, { $unset: 'b' }]);

      assert.deepEqual(await rows.findOne(), { _id: 1, a: 2, sum: 5 });
    });

    test('GridFS stores a file larger than a chunk and gives it back', async () => {
      const bucket = new GridFSBucket(db, { bucketName: `g_${randomUUID().slice(0, 8)}` });
      const bytes = Buffer.alloc(700_000, 'posthorn');
      const upload = bucket.openUploadStream('attachment', { metadata: { accountId: 'a' } });
      await new Promise<void>((resolve, reject) => {
        upload.once('error', reject);
        upload.once('finish', () => resolve());
        upload.end(bytes);
      });

      const parts: Buffer[] = [];
      for await (const part of bucket.openDownloadStream(upload.id)) parts.push(part);

      assert.ok(Buffer.concat(parts).equals(bytes));
      await bucket.delete(upload.id);
      assert.deepEqual(await bucket.find().toArray(), []);
    });

    test('collections and indexes are listed as they were made, and go when dropped', async () => {
      const rows = fresh();
      await rows.createIndex({ a: 1, b: -1 }, { name: 'ab', unique: true });
      await rows.createIndex({ at: 1 }, { expireAfterSeconds: 60 });

      const names = (await rows.indexes()).map(({ name, unique, expireAfterSeconds }) => [
        name,
        unique ?? false,
        expireAfterSeconds,
      ]);
      assert.deepEqual(names, [
        ['_id_', false, undefined],
        ['ab', true, undefined],
        ['at_1', false, 60],
      ]);
      await rows.dropIndex('ab');
      assert.equal((await rows.indexes()).length, 2);
      assert.equal((await db.listCollections({ name: rows.collectionName }).toArray()).length, 1);
      await rows.drop();
      assert.deepEqual(await db.listCollections({ name: rows.collectionName }).toArray(), []);
    });
  });
}

async function idsOf(rows: Collection<Row>, filter: object = {}): Promise<unknown[]> {
  const found = await rows.find(filter, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id).sort((a, b) => Number(a) - Number(b));
}
