import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatchLane } from './dispatch.ts';
import { eventsLane } from './events.ts';
import { renderLane } from './render.ts';

const statusId = '01900000-0000-8000-8000-0123456789ab';

test('F50: a field that only a newer producer knows is dropped, not refused', () => {
  const parsed = renderLane.item.parse({ ...send, fromTheFuture: true });

  assert.ok(!('fromTheFuture' in parsed));
});

test('F50: an item of an older producer gets the defaults of what it does not know', () => {
  const parsed = renderLane.item.parse(send);

  assert.deepEqual([parsed.cc, parsed.attachments, parsed.customProperties], [[], [], {}]);
});

test('an item is named by its send, and carries its trace', () => {
  assert.equal(renderLane.idOf(renderLane.item.parse(send)), statusId);
  assert.equal(renderLane.traceOf(renderLane.item.parse({ ...send, trace: '00-a-b-01' })), '00-a-b-01');
});

test('each pool has a dispatch lane of its own', () => {
  assert.equal(dispatchLane('default').name, 'dispatch-default');
  assert.notEqual(dispatchLane('receipts').name, dispatchLane('default').name);
});

test('a dispatch item without recipients does not fit', () => {
  const item = { id: `${statusId}-t`, statusId, accountId: 1, emailId: 1, acceptedAtMs: 1, expiresAtMs: 2 };

  const parsed = dispatchLane('default').item.safeParse({
    ...item,
    returnPath: 'a',
    rendition: 'b',
    recipients: [],
  });

  assert.equal(parsed.success, false);
});

test('an event of a type that nobody knows does not fit its lane', () => {
  const event = { id: statusId, accountId: 1, statusId, emailId: 1, atMs: 1, type: 'TELEPORTED' };

  assert.equal(eventsLane.item.safeParse(event).success, false);
});

const send = { statusId, accountId: 1, acceptedAtMs: 1, emailId: 1, to: 'jane@example.com' };
