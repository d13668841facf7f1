import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '@posthorn/contracts';
import { anEvent } from '@posthorn/testing';
import { recordOnce } from './record-once.ts';

test('an event that comes again is recorded once, and who repeats it waits until it is', async () => {
  const { record, recorded, finish } = setUp();
  const opened = anEvent('OPEN');
  const first = record(opened);
  const again = record({ ...opened, atMs: opened.atMs + 5 });
  let isAnswered = false;
  again.then(() => {
    isAnswered = true;
  });
  await Promise.resolve();
  assert.equal(isAnswered, false);

  finish();
  await Promise.all([first, again]);

  assert.deepEqual(recorded, [opened]);
});

test('no more events are remembered than allowed', async () => {
  const { record, recorded, finish } = setUp({ idsMax: 2 });
  const [a, b, c] = [anEvent('OPEN'), anEvent('OPEN'), anEvent('OPEN')];
  finish();

  for (const event of [a, b, c, c, a]) await record(event);

  assert.deepEqual(recorded, [a, b, c, a]);
});

function setUp(options = {}) {
  const recorded: Event[] = [];
  const gate = Promise.withResolvers<void>();
  const record = recordOnce(async (event) => {
    recorded.push(event);
    await gate.promise;
  }, options);
  return { record, recorded, finish: () => gate.resolve() };
}
