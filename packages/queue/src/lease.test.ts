import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createFakeClock } from '@posthorn/runtime';
import { LeaseKeeper } from './lease.ts';

test('B3: a lease is fresh for half the lock’s time, and again after a renewal', async (t) => {
  const { lease, advance } = setUp(t);

  await advance(4_000);
  assert.equal(lease.isFresh(), true);
  await advance(1_000);

  assert.equal(lease.isFresh(), true, 'renewed at 5 s');
});

test('B3: a renewal counts from when it was sent, not from when its answer was read', async (t) => {
  const answer = Promise.withResolvers<string[]>();
  const { lease, advance } = setUp(t, () => answer.promise);

  await advance(5_000);
  await advance(8_000);
  answer.resolve([]);
  await advance(0);

  assert.equal(lease.isFresh(), false, 'the renewal was sent 8 s ago');
});

test('B3: after a pause of the whole process the lease is not fresh, though no timer ran', (t) => {
  const { lease, clock } = setUp(t);

  clock.advance(60_000);

  assert.equal(lease.isFresh(), false);
});

test('B3: a lock that another worker took is reported once', async (t) => {
  const { lease, advance, losses } = setUp(t, async (jobIds) => jobIds);

  await advance(5_000);
  await advance(15_000);

  assert.equal(lease.isFresh(), false);
  assert.equal(losses(), 1);
});

test('a lock that cannot be renewed counts as lost when it has run out', async (t) => {
  const { advance, losses } = setUp(t, () => Promise.reject(new Error('redis is away')));

  await advance(15_000);
  assert.equal(losses(), 0);
  await advance(5_000);

  assert.equal(losses(), 1);
});

test('a released lease is not renewed any more', async (t) => {
  const asked: string[][] = [];
  const { lease, advance } = setUp(t, async (jobIds) => {
    asked.push(jobIds);
    return [];
  });

  lease.release();
  await advance(5_000);

  assert.deepEqual(asked, []);
});

function setUp(
  t: { after: (fn: () => void) => void },
  renew: (jobIds: string[]) => Promise<readonly string[]> = async () => [],
) {
  mock.timers.enable({ apis: ['setInterval'] });
  const clock = createFakeClock();
  let losses = 0;
  const keeper = new LeaseKeeper({ lockDurationMs: 15_000, clock, renew });
  const takenAtMs = clock.nowMs();
  const lease = keeper.hold({ jobId: 'b-1', token: 't', takenAtMs, onLost: () => ++losses });
  t.after(() => {
    keeper.close();
    mock.timers.reset();
  });
  return {
    clock,
    lease,
    losses: () => losses,
    advance: async (ms: number) => {
      clock.advance(ms);
      mock.timers.tick(ms);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
  };
}
