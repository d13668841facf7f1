import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type DispatchItem, dispatchLane, submissionsLane } from '@posthorn/contracts';
import { allDone, type BagHandler, connectRedis, consume, createPostbox } from '@posthorn/queue';
import { Fault, silentLogger as log } from '@posthorn/runtime';
import { withTestRedis } from '@posthorn/testing';
import { aMessage, aSubmission } from '../fixture.ts';
import { fakeSubmitDeps } from '../testing/submit-deps.ts';
import { createSubmit } from './submit.ts';

test('B7: a message whose run ended between two slices goes on in the next run, and none of its copies leaves twice', {
  timeout: 60_000,
}, async () => {
  await using server = await withTestRedis();
  await using redis = await connectRedis({ url: server.url, role: 'worker', log });
  await using submissions = createPostbox(submissionsLane, { redis, log });
  await using box = createPostbox(dispatchLane('default'), { redis, log });
  const { deps } = fakeSubmitDeps();
  const handle = createSubmit({ ...deps, dispatch: { of: () => box } });
  const item = aSubmission({
    sends: Array.from({ length: 5 }, (_, index) => ({ statusId: randomUUID(), to: `u${index}@example.com` })),
    raw: aMessage({ html: 'x'.repeat(900_000) }),
  });
  const dispatched: DispatchItem[] = [];
  let runs = 0;

  await submissions.post(item);
  await using _dispatch = consume(dispatchLane('default'), take(dispatched), { redis, log, concurrency: 1 });
  await using _submissions = consume(
    submissionsLane,
    (items, ctx) => {
      runs += 1;
      let slices = 0;
      const postNext: typeof ctx.postNext = async (...next) => {
        slices += 1;
        if (runs <= 2 && slices > runs) throw new Fault('unavailable', 'away');
        await ctx.postNext(...next);
      };
      return handle(items, { ...ctx, postNext });
    },
    { redis, log, concurrency: 1 },
  );
  const deadlineMs = Date.now() + 30_000;
  while (dispatched.length < 5 && Date.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 20));

  assert.equal(runs, 3);
  assert.deepEqual(
    dispatched.map(({ statusId }) => statusId).toSorted(),
    item.sends.map(({ statusId }) => statusId).toSorted(),
  );
});

function take(into: DispatchItem[]): BagHandler<DispatchItem> {
  return async (items) => {
    into.push(...items.map(({ item }) => item));
    return allDone;
  };
}
