import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots } from './slots.ts';

test('no more run at once than there are slots, in the order they came', async () => {
  const slots = createSlots(2);
  const { begun, work, end } = setUp();

  const all = ['a', 'b', 'c', 'd'].map((name) => slots.run(work(name)));
  await end('a');
  await end('b');
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
  await end('c');
  await end('d');

  await Promise.all(all);
});

test('one kind that holds every slot gives the next free one to another kind', async () => {
  const slots = createSlots(2);
  const { begun, work, end } = setUp();

  const all = ['a', 'b', 'c'].map((name) => slots.run(work(name), 'slow'));
  all.push(slots.run(work('x'), 'other'));
  await end('a');
  assert.deepEqual(begun, ['a', 'b', 'x']);
  for (const name of ['x', 'b', 'c']) await end(name);

  await Promise.all(all);
});

function setUp() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();

  return {
    begun,
    work: (name: string) => async () => {
      begun.push(name);
      const ending = Promise.withResolvers<void>();
      ends.set(name, ending);
      await ending.promise;
    },
    /** Ends a piece of work and lets what follows from that happen. */
    async end(name: string) {
      await new Promise(setImmediate);
      ends.get(name)?.resolve();
      await new Promise(setImmediate);
    },
  };
}
