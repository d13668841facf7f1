import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '@posthorn/runtime';
import { joinWrites, type WriteMany } from './join-writes.ts';

test('what is asked for while a write is under way goes together in the next, and a lone call waits for nobody', async () => {
  const { written, write, gate } = recorder();
  const joined = joinWrites(write);

  const first = joined(['a']);
  await gate.opened(1);
  const others = [joined(['b']), joined(['c', 'd']), joined(['e'])];
  gate.release();
  await gate.opened(2);
  gate.release();
  await Promise.all([first, ...others]);

  assert.deepEqual(written, [['a'], ['b', 'c', 'd', 'e']]);
});

test('each call is told of its own refusals, by their place in the call', async () => {
  const joined = joinWrites<string>(async (items) =>
    items.flatMap((item, index) => (item.startsWith('bad') ? [refusal(index, item)] : [])),
  );

  const answers = await Promise.all([joined(['a', 'bad b']), joined(['c']), joined(['bad d', 'e', 'bad f'])]);

  assert.deepEqual(answers, [[refusal(1, 'bad b')], [], [refusal(0, 'bad d'), refusal(2, 'bad f')]]);
});

test('a call whose items make a joint write throw fails alone', async () => {
  const poison = new Error('not to be encoded');
  const joined = joinWrites<string>(async (items) => {
    if (items.includes('poison')) throw poison;
    return [];
  });

  const [before, itself, after] = await Promise.allSettled([
    joined(['a']),
    joined(['poison']),
    joined(['b']),
  ]);

  assert.deepEqual(
    [before, itself, after],
    [
      { status: 'fulfilled', value: [] },
      { status: 'rejected', reason: poison },
      { status: 'fulfilled', value: [] },
    ],
  );
});

test('F15: when MongoDB is away all who share the write are told at once, and later calls are tried anew', async () => {
  let [writes, isAway] = [0, true];
  const joined = joinWrites<string>(async () => {
    writes += 1;
    if (isAway) throw new Fault('unavailable', 'away');
    return [];
  });

  const outcomes = await Promise.allSettled([joined(['a']), joined(['b']), joined(['c'])]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  assert.equal(writes, 1);

  isAway = false;
  assert.deepEqual(await joined(['a']), []);
});

test('a joint write is bounded, and one call is never cut in two', async () => {
  const sizes: number[] = [];
  const joined = joinWrites<number>(async (items) => {
    sizes.push(items.length);
    return [];
  });
  const call = (length: number) => joined(Array.from({ length }, (_, index) => index));

  await Promise.all([call(1_500), call(400), call(300), call(2_500), call(1)]);

  assert.deepEqual(sizes, [1_900, 300, 2_500, 1]);
});

function refusal(index: number, reason: string) {
  return { index, isDuplicate: false, reason };
}

/** Writes that wait to be let go, and what they were given. */
function recorder() {
  const written: string[][] = [];
  let held = Promise.withResolvers<void>();
  const looks: { count: number; resolve: () => void }[] = [];
  const write: WriteMany<string> = async (items) => {
    written.push([...items]);
    for (const { count, resolve } of looks) if (written.length >= count) resolve();
    await held.promise;
    return [];
  };
  const gate = {
    opened: (count: number) => new Promise<void>((resolve) => looks.push({ count, resolve })),
    release: () => {
      held.resolve();
      held = Promise.withResolvers<void>();
    },
  };
  return { written, write, gate };
}
