import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Binary, Double, GridFSBucket, Long, ObjectId } from 'mongodb';
import { filterCases, sampleRows } from './cases.ts';
import { describeEngines, idsOf } from './engines.ts';

describeEngines('reading', ({ db, fresh }) => {
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
    const raw = await db()
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

  test('GridFS stores a file larger than a chunk and gives it back', async () => {
    const bucket = new GridFSBucket(db(), { bucketName: `g_${randomUUID().slice(0, 8)}` });
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
    assert.equal((await db().listCollections({ name: rows.collectionName }).toArray()).length, 1);
    await rows.drop();
    assert.deepEqual(await db().listCollections({ name: rows.collectionName }).toArray(), []);
  });
});
