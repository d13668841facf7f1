import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { anEvent, eventTimeMs } from '@posthorn/testing';
import { mergeSendUpdates } from './merge-send-updates.ts';

test('events of one send share a write, events of others have their own', () => {
  const statusId = randomUUID();
  const events = [
    anEvent('PROCESSED', { statusId, atMs: eventTimeMs }),
    anEvent('SENT'),
    anEvent('DELIVERED', { statusId, atMs: eventTimeMs + 5 }),
    anEvent('OPEN', { statusId, atMs: eventTimeMs + 9 }),
    anEvent('OPEN', { statusId, atMs: eventTimeMs + 7 }),
  ];

  const writes = mergeSendUpdates(events);

  assert.deepEqual(
    writes.map((write) => write.events.length),
    [4, 1],
  );
  assert.equal(writes[0]?.update.$max['lastEventAtMs'], eventTimeMs + 9);
  assert.equal(writes[0]?.update.$min['opens.person.firstAtMs'], eventTimeMs + 7);
});

test('two outcomes of one kind and delivery are left for the server to compare', () => {
  const statusId = randomUUID();
  const events = [1, 2, 3].map((attempt) => anEvent('DEFERRED', { statusId, attempt }));

  assert.equal(mergeSendUpdates(events).length, 3);
});
