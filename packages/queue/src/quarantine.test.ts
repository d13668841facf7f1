import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Quarantine } from './quarantine.ts';

test('ordinary bags run side by side', async () => {
  const { enter, running } = setUp();

  await Promise.all([enter('a', false), enter('b', false)]);

  assert.deepEqual(running(), ['a', 'b']);
});

test('a suspect waits for those that run, those after it wait for the suspect, and suspects run one by one', async () => {
  const { enter, leave, running } = setUp();
  await enter('a', false);
  for (const [name, isSuspect] of [
    ['b', true],
    ['c', false],
    ['d', true],
  ] as const)
    void enter(name, isSuspect);
  await nextTurn();

  const steps = [running()];
  for (const name of ['a', 'b', 'd']) {
    leave(name);
    await nextTurn();
    steps.push(running());
  }

  assert.deepEqual(steps, [['a'], ['b'], ['d'], ['c']]);
});

test('leaving twice counts once', async () => {
  const { enter, leave, running } = setUp();
  await Promise.all([enter('a', false), enter('b', false)]);
  void enter('c', true);

  leave('a');
  leave('a');
  await nextTurn();

  assert.deepEqual(running(), ['b']);
});

test('a suspect that waited long enough runs beside the others', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { enter, running } = setUp();
  await enter('a', false);
  void enter('b', true);

  mock.timers.tick(1_000);
  await nextTurn();

  assert.deepEqual(running(), ['a', 'b']);
});

function setUp() {
  const quarantine = new Quarantine({ patienceMs: 1_000 });
  const leaves = new Map<string, () => void>();
  const left = new Set<string>();
  return {
    enter: async (name: string, isSuspect: boolean) => {
      leaves.set(name, await quarantine.enter(isSuspect));
    },
    leave: (name: string) => {
      left.add(name);
      leaves.get(name)?.();
    },
    running: () => [...leaves.keys()].filter((name) => !left.has(name)),
  };
}
