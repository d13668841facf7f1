import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskOutcome } from '@posthorn/runtime';
import { parseLimits } from './parse/parse-limits.ts';
import type { Report } from './parse/report.ts';
import { createReader } from './reader.ts';

const task = { raw: 'x', mailFrom: '' };

test('H07: a message whose thread was ended, for its time or its memory, is unparsed', async () => {
  const read = (outcome: TaskOutcome<Report>) => createReader(async () => outcome)(task);

  assert.deepEqual(await read({ kind: 'overran' }), {
    kind: 'unparsed',
    reason: 'reading it takes too long',
  });
  const died = await read({ kind: 'died', reason: 'out of memory' });
  assert.deepEqual(died, { kind: 'unparsed', reason: 'reading it takes too much' });
});

test('H07: reading gets 500 ms of CPU', async () => {
  const report: Report = { kind: 'auto-reply', reason: 'vacation' };
  const limits: number[] = [];
  const read = createReader(async (_, { cpuMs }) => {
    limits.push(cpuMs);
    return { kind: 'done', result: report };
  });

  assert.deepEqual(await read(task), report);
  assert.deepEqual(limits, [parseLimits.cpuMs]);
  assert.equal(parseLimits.cpuMs, 500);
});
