import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anEvent } from '@posthorn/testing';
import { timelineOf } from './timeline.ts';

test('events of one millisecond stand in the order in which one leads to the other', () => {
  const events = [
    anEvent('CLICK', { atMs: 7 }),
    anEvent('DELIVERED', { atMs: 7 }),
    anEvent('PROCESSED', { atMs: 7 }),
    anEvent('SENT', { atMs: 6 }),
  ];

  assert.deepEqual(
    timelineOf(events, 5).map(({ type, sinceAcceptedMs }) => [type, sinceAcceptedMs]),
    [
      ['SENT', 1],
      ['PROCESSED', 2],
      ['DELIVERED', 2],
      ['CLICK', 2],
    ],
  );
});

test('an attempt says which host was spoken to, how it was protected, and what kind of answer came', () => {
  const tls = { protocol: 'TLSv1.3', verified: true, policy: 'sts' } as const;
  const events = [anEvent('DEFERRED', { mx: 'mx1.example', tls, class: 'greylisted' })];

  const [entry] = timelineOf(events, 5);

  assert.deepEqual([entry?.mx, entry?.tls, entry?.class], ['mx1.example', tls, 'greylisted']);
});
