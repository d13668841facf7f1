import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silentLogger } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { findBlobReferences } from './blob-references.ts';
import { consume } from './consume.ts';
import { laneDepth } from './lane-depth.ts';
import { createPostbox } from './postbox.ts';
import { links, memoryBlobs, patient, quickLocks, testLane, until } from './test-kit.ts';
import { park, retryAfter, type Verdict } from './verdict.ts';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const server = scope.use(await withTestRedis());
const { poster, worker } = await links(scope, server.url);
const large = 'x'.repeat(300 * 1024);
const look = { redis: poster, log: silentLogger };

test('blobs of bags that wait, come again later or are parked are named, sealed or not, and of no others', async () => {
  const { blobs, kept } = memoryBlobs();
  const lane = testLane('references');
  await using postbox = createPostbox(lane, { redis: poster, ...patient, blobs, shards: 2 });
  const sealed = { sealKey: 'a key of 16 chars' };
  await using other = createPostbox(testLane('sealed-ones'), { redis: poster, ...patient, blobs, ...sealed });
  await postbox.postAll(['parked', 'later', 'done'].map((id) => ({ id, text: large })));
  await other.post({ id: 'waits', text: large });
  const handle = (text: string): Verdict => {
    if (text === 'parked') return park('for the test');
    return text === 'later' ? retryAfter(3_600_000, 'for the test') : { kind: 'done' };
  };
  await using _consumer = consume(lane, async (items) => new Map(items.map(({ id }) => [id, handle(id)])), {
    redis: worker,
    concurrency: 1,
    ...quickLocks,
    blobs,
    shards: 2,
  });
  await until('all are settled', async () => {
    const { waiting, active, delayed, parked } = await laneDepth(lane, { redis: poster, shards: 2 });
    return waiting + active === 0 && delayed === 1 && parked === 1;
  });
  await until('the blob of what is done is gone', () => kept.size === 3);

  const found = await findBlobReferences({ ...look, ...sealed });

  assert.deepEqual(new Set(found), new Set(kept.keys()));
});

test('where a bag cannot be read nothing is said', async () => {
  assert.equal(await findBlobReferences(look), null);
});
