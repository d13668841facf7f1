import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { type SubmissionItem, submissionsLane } from '@posthorn/contracts';
import { connectRedis, createPostbox } from '@posthorn/queue';
import { silentLogger, systemClock } from '@posthorn/runtime';
import { withTestRedis, withTestStore } from '@posthorn/testing';
import { openBlobSweep } from './open-blob-sweep.ts';
import { until } from './testing/until.ts';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const store = scope.use(await withTestStore());
const poster = scope.use(await connectRedis({ url: redis.url, role: 'poster', log: silentLogger }));
const dayMs = 86_400_000;

test('a blob whose bag never came is swept after a day, one that a bag waits with is not', async () => {
  const options = { redis: poster, log: silentLogger, blobs: store.blobs, timeoutMs: 30_000 };
  await using postbox = createPostbox(submissionsLane, options);
  await postbox.post(aLargeItem());
  const orphan = randomUUID();
  await store.blobs.put(orphan, Buffer.from('{}'));
  const inTwoDays = { ...systemClock, nowMs: () => Date.now() + 2 * dayMs };
  const before = await store.blobs.listOlder({ beforeMs: inTwoDays.nowMs(), limit: 10 });

  await using _sweep = await openBlobSweep(
    { redis: { url: redis.url, trustSettings: false }, sealKey: undefined, everyMs: 20 },
    { store, clock: inTwoDays, log: silentLogger },
  );
  await until(
    async () => (await store.blobs.listOlder({ beforeMs: inTwoDays.nowMs(), limit: 10 })).length < 2,
  );

  assert.equal(before.length, 2);
  assert.deepEqual(
    await store.blobs.listOlder({ beforeMs: inTwoDays.nowMs(), limit: 10 }),
    before.filter((id) => id !== orphan),
  );
});

function aLargeItem(): SubmissionItem {
  const statusId = '01900000-0000-8000-8000-0123456789ab';
  return {
    ...{
      id: statusId,
      accountId: 1,
      tokenId: 'a',
      emailId: 1,
      createContact: false,
      acceptedAtMs: 1,
      copies: [],
    },
    sends: [{ statusId, to: 'ada@example.com' }],
    raw: `From: shop@shop.example\r\n\r\n${'x'.repeat(300_000)}\r\n`,
  };
}
