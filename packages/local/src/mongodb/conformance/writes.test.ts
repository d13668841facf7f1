import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateCases } from './cases.ts';
import { describeEngines, idsOf } from './engines.ts';

describeEngines('writing', ({ fresh }) => {
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
});
