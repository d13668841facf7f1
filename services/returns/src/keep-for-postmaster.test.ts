import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { aReturn, dayMs } from './fixture.ts';
import { createKeepForPostmaster } from './keep-for-postmaster.ts';

test('a message for the postmaster is kept as it came, once', async () => {
  const world = setUp();

  assert.equal(await world.keep('Subject: Grüße'), 'kept');
  assert.equal(await world.keep('Subject: Grüße'), 'kept');

  const [[id, blob] = []] = world.blobs;
  assert.equal(world.blobs.size, 1);
  assert.match(id ?? '', /^postmaster:[0-9a-f-]{36}$/);
  assert.equal(blob?.bytes.toString('latin1'), 'Subject: Grüße');
});

test('what was kept for 30 days goes, and nothing that others keep', async () => {
  const world = setUp();
  for (const id of ['aaa', 'unparsed:x:0']) world.blobs.set(id, { bytes: Buffer.alloc(0), atMs: 0 });
  await world.keep('old');
  world.clock.advance(29 * dayMs);
  await world.keep('young');
  world.clock.advance(dayMs + 1);

  await world.keep('new');

  assert.equal(world.blobs.size, 4);
  assert.deepEqual(world.kept(), ['new', 'young']);
});

test('more than 500 messages are not kept, until older ones go', async () => {
  const world = setUp();
  for (let mail = 0; mail < 500; mail += 1) await world.keep(`mail ${mail}`);

  assert.equal(await world.keep('one too many'), 'full');
  assert.equal(await world.keep('mail 7'), 'kept');
  world.clock.advance(30 * dayMs + 1);
  assert.equal(await world.keep('one too many'), 'kept');

  assert.deepEqual(world.kept(), ['one too many']);
});

function setUp() {
  const clock = createFakeClock(40 * dayMs);
  const blobs = new Map<string, { bytes: Buffer; atMs: number }>();
  const keep = createKeepForPostmaster({
    blobs: {
      put: async (id, bytes) => void (blobs.has(id) || blobs.set(id, { bytes, atMs: clock.nowMs() })),
      delete: async (id) => void blobs.delete(id),
      listOlder: async ({ beforeMs, after = '', limit }) =>
        [...blobs]
          .filter(([id, { atMs }]) => id > after && atMs < beforeMs)
          .map(([id]) => id)
          .toSorted()
          .slice(0, limit),
    },
    clock,
  });
  return {
    ...{ clock, blobs },
    keep: (raw: string) => keep(aReturn(raw, { statusId: 'none', isForPostmaster: true })),
    kept: () =>
      [...blobs]
        .flatMap(([id, { bytes }]) => (id.startsWith('postmaster:') ? [bytes.toString('latin1')] : []))
        .toSorted(),
  };
}
