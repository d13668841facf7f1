import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '@posthorn/contracts';
import { anEvent } from '@posthorn/testing';
import { traceHits } from './trace-hits.ts';

test('a traced hit is recorded as it is, and what recording throws comes out', async () => {
  const recorded: Event[] = [];
  const event = anEvent('OPEN');

  await traceHits(async (one) => void recorded.push(one))(event);

  assert.deepEqual(recorded, [{ ...event, trace: undefined }]);
  await assert.rejects(traceHits(() => Promise.reject(new TypeError('bug')))(event), TypeError);
});
