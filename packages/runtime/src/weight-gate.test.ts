import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWeightGate } from './weight-gate.ts';

test('work weighs no more at once than allowed, in turn; what is heavier runs alone, and a failure gives its weight back', async () => {
  const gate = createWeightGate(100);
  const log: string[] = [];
  const turns = new Map<string, () => void>();
  const start = (name: string, weight: number): Promise<void> =>
    gate(weight, async () => {
      log.push(name);
      await new Promise<void>((resolve) => turns.set(name, resolve));
      if (name === 'b') throw new Error('failed');
    }).catch(() => undefined);
  const end = async (name: string): Promise<void> => {
    turns.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };

  const all = [start('a', 60), start('b', 40), start('c', 500), start('d', 1)];
  await end('');
  assert.deepEqual(log, ['a', 'b']);
  await end('a');
  assert.deepEqual(log, ['a', 'b'], 'c is too heavy while anything runs, and d waits behind it');
  await end('b');
  assert.deepEqual(log, ['a', 'b', 'c']);
  await end('c');
  await end('d');

  await Promise.all(all);
  assert.deepEqual(log, ['a', 'b', 'c', 'd']);
});
