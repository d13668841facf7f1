import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Long, ObjectId } from 'mongodb';
import { projectionCases, sampleRows } from './cases.ts';
import { describeEngines } from './engines.ts';

describeEngines('aggregating', ({ fresh }) => {
  test('projections slice arrays, pick elements and compute fields', async () => {
    const rows = fresh();
    const row = { _id: 1, a: 1, l: [{ k: 1, v: 2 }, { k: 2, v: 3 }, { k: 3 }] };
    await rows.insertOne(row);

    for (const [projection, expected] of projectionCases) {
      const [found] = await rows.find({ 'l.k': 2 }, { projection }).toArray();
      assert.deepEqual(found, expected, JSON.stringify(projection));
      assert.deepEqual(Object.keys(found ?? {}), Object.keys(expected), JSON.stringify(projection));
    }
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
    const buckets = await rows
      .aggregate([{ $bucket: { groupBy: '$n', boundaries: [0, 1, 3, 4, 9], output: { n: { $sum: 1 } } } }])
      .toArray();
    assert.deepEqual(buckets, [
      { _id: 1, n: 2 },
      { _id: 4, n: 1 },
    ]);
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
});
