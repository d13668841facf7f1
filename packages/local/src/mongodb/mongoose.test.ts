import assert from 'node:assert/strict';
import { test } from 'node:test';
import mongoose, { Schema } from 'mongoose';
import { startEmbeddedMongo } from './start-embedded-mongo.ts';

test('a mongoose model makes its indexes and stores, finds, updates and deletes', async () => {
  const { Send, ...scope } = await setUp();
  await using _scope = scope;
  await Send.init();

  const made = await Send.create({
    accountId: 'a',
    key: 'k1',
    tags: ['x'],
    hops: [{ at: new Date(5), code: 250 }],
  });
  await Send.updateOne(
    { _id: made._id, 'hops.code': 250 },
    { $set: { 'hops.$.code': 421 }, $push: { tags: 'y' } },
  );
  const found = await Send.findById(made._id).lean().orFail();

  assert.deepEqual([found.tags, found.hops[0]?.code, found.hops[0]?.at], [['x', 'y'], 421, new Date(5)]);
  assert.ok(found.createdAt instanceof Date);
  await assert.rejects(Send.create({ accountId: 'a', key: 'k1' }), { code: 11000 });
  const names = (await Send.listIndexes()).map(({ name }) => name);
  assert.deepEqual(names, ['_id_', 'accountId_1_key_1']);
  assert.equal((await Send.deleteOne({ key: 'k1' })).deletedCount, 1);
});

test('mongoose bulk writes, document saves and query cursors work', async () => {
  const { Send, ...scope } = await setUp();
  await using _scope = scope;
  await Send.init();

  await Send.bulkWrite(
    Array.from({ length: 250 }, (_, i) => ({
      updateOne: { filter: { accountId: 'a', key: `k${i}` }, update: { $inc: { tries: 1 } }, upsert: true },
    })),
    { ordered: false },
  );
  const send = await Send.findOne({ key: 'k7' }).orFail();
  send.tags.push('saved');
  await send.save();
  let seen = 0;
  for await (const { tries } of Send.find({ accountId: 'a' }).sort({ key: 1 }).cursor({ batchSize: 40 }))
    seen += tries;

  assert.equal(seen, 250);
  assert.deepEqual((await Send.findOne({ tags: 'saved' }).lean())?.key, 'k7');
  assert.equal(await Send.countDocuments({ tries: { $gte: 1 } }), 250);
});

test('explain shows mongoose that its query goes through the index', async () => {
  const { Send, ...scope } = await setUp();
  await using _scope = scope;
  await Send.init();
  await Send.insertMany(Array.from({ length: 50 }, (_, i) => ({ accountId: 'a', key: `k${i}` })));

  const explained: unknown = await Send.find({ accountId: 'a', key: 'k3' }).explain('executionStats');

  assert.ok(JSON.stringify(explained).includes('"stage":"IXSCAN"'));
  assert.ok(JSON.stringify(explained).includes('"totalDocsExamined":1'));
});

async function setUp() {
  const server = await startEmbeddedMongo({ port: 0, home: null });
  const connection = await mongoose.createConnection(`${server.url}/t`).asPromise();
  const schema = new Schema(
    {
      accountId: { type: String, required: true },
      key: { type: String, required: true },
      tries: { type: Number, default: 0 },
      tags: [String],
      hops: [{ _id: false, at: Date, code: Number }],
      createdAt: Date,
    },
    { strict: 'throw', versionKey: false, timestamps: { createdAt: true, updatedAt: false } },
  );
  schema.index({ accountId: 1, key: 1 }, { unique: true });
  return {
    Send: connection.model('Send', schema, 'sends'),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
