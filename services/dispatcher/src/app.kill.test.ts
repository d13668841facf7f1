import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { count, delivered, spawnDispatcher, startIn } from './testing/app-in-world.ts';
import { createDispatchWorld } from './testing/dispatch-world.ts';
import { until } from './testing/until.ts';

for (const phase of ['before_dot', 'after_mark', 'after_250', 'before_settle'] as const) {
  test(`F05 a dispatcher killed ${phase} loses nothing${isCertain(phase) ? ' and doubles nothing' : ''}`, async (t) => {
    await using world = await createDispatchWorld();
    const doomed = spawnDispatcher(t, world, { FAULT_AT: phase, CONCURRENCY: '5' });
    const sent = await world.post('ok', 20);
    await until(() => doomed.said('reached') >= 5);
    doomed.child.kill('SIGKILL');
    await once(doomed.child, 'exit');
    const copiesAtKill = world.sink.entries.length;

    await using _app = await startIn(world);
    await until(() => new Set(delivered(world)).size === 20);

    assert.deepEqual([...new Set(delivered(world))].toSorted(), sent.toSorted());
    assert.equal(new Set(world.sink.entries.map(({ probeId }) => probeId)).size, 20);
    // Undecided are those whose dot was sent and whose end was not marked; after_mark stops before the dot.
    const extraMax = isCertain(phase) ? 0 : copiesAtKill;
    assert.ok(world.sink.entries.length - 20 <= extraMax, `${world.sink.entries.length - 20} extra copies`);
  });
}

test('F05 killed after an unanswered dot: the account that holds gets UNKNOWN and no second copy', async (t) => {
  await using world = await createDispatchWorld();
  const doomed = spawnDispatcher(t, world, {});
  await world.post('no-final-reply', 3, { onAmbiguous: 'hold' });
  await until(() => world.sink.counts.accepted === 3);
  doomed.child.kill('SIGKILL');

  await using _app = await startIn(world);
  await until(() => count(world, 'UNKNOWN') === 3);

  assert.equal(world.sink.counts.accepted, 3);
});

test('F06 a dispatcher frozen before the dot, whose bags another has sent, does not send the dot when it wakes', async (t) => {
  await using world = await createDispatchWorld();
  const frozen = spawnDispatcher(t, world, { FAULT_AT: 'before_dot', FAULT: 'pause', CONCURRENCY: '5' });
  const sent = await world.post('ok', 20);
  await until(() => frozen.said('reached') === 1);

  await using _app = await startIn(world);
  await until(() => world.sink.counts.accepted >= 20);
  const connectionsBefore = world.sink.counts.openConnections;
  frozen.child.kill('SIGCONT');
  await until(() => world.sink.counts.openConnections < connectionsBefore);
  frozen.child.kill('SIGTERM');
  await once(frozen.child, 'exit');

  assert.deepEqual(world.sink.entries.map(({ probeId }) => probeId).toSorted(), sent.toSorted());
});

test('F07 SIGTERM with conversations under way: they end, the rest goes back at once, the exit is clean', async (t) => {
  await using world = await createDispatchWorld();
  const stopped = spawnDispatcher(t, world, { CONCURRENCY: '10' });
  await world.post('slow-dot-300', 60);
  await until(() => world.sink.counts.accepted >= 10);

  stopped.child.kill('SIGTERM');
  const [code] = await once(stopped.child, 'exit');
  const acceptedBefore = world.sink.counts.accepted;
  await using _app = await startIn(world, { CONCURRENCY: '50' });
  await until(() => new Set(delivered(world)).size === 60);

  assert.equal(code, 0);
  assert.ok(acceptedBefore < 60);
  assert.equal(world.sink.counts.accepted, 60);
});

function isCertain(phase: string): boolean {
  return phase !== 'after_250';
}
