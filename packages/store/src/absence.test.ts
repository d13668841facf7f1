import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchAbsence } from './absence.ts';

test('F15: after a call found nobody, calls are refused at once until a probe is answered', async () => {
  const server = setUp();
  server.goAway();
  using absence = watchAbsence(server.options);

  const first = server.probed();
  absence.note('lost');
  const isAwayAtOnce = absence.isAway();
  await first;
  const isAwayStill = absence.isAway();
  server.comeBack();
  await server.probed();
  await server.settled();

  assert.deepEqual([isAwayAtOnce, isAwayStill, absence.isAway()], [true, true, false]);
});

test('one slow call refuses nothing while the server answers', async () => {
  const server = setUp();
  using absence = watchAbsence(server.options);

  const first = server.probed();
  absence.note('slow');
  const isAwayAtOnce = absence.isAway();
  await first;
  await server.settled();

  assert.deepEqual([isAwayAtOnce, absence.isAway()], [false, false]);
});

test('many signs at once start one probe', async () => {
  const server = setUp();
  using absence = watchAbsence(server.options);

  const first = server.probed();
  for (let sign = 0; sign < 50; sign += 1) absence.note('lost');
  await first;

  assert.equal(server.count(), 1);
});

function setUp() {
  let isThere = true;
  let count = 0;
  let next = Promise.withResolvers<void>();
  const probe = async () => {
    count += 1;
    next.resolve();
    next = Promise.withResolvers();
    if (!isThere) throw new Error('nobody');
  };
  return {
    options: { probe, everyMs: 1 },
    count: () => count,
    probed: () => next.promise,
    settled: () => new Promise<void>((go) => setImmediate(go)),
    goAway: () => {
      isThere = false;
    },
    comeBack: () => {
      isThere = true;
    },
  };
}
