import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOfNotice } from './finality.ts';
import { readNotice } from './notice.ts';

const cases = [
  ['delayed', '', 'THIS IS ONLY A WARNING. No need to send again.'],
  ['delayed', '', 'Your message has not been delivered yet. Delivery attempts will continue.'],
  ['delayed', 'Delivery Status Notification (Delay)', 'There was a problem.'],
  [
    'delayed',
    'Warning: message 1 delayed 24 hours',
    'Attempts will continue. It will be given up eventually, and then be returned to you.',
  ],
  ['delayed', '', 'Delivery has been postponed. We will continue to try for a few days.'],
  ['failed', '', 'It was delayed for a day and has now been given up.'],
  ['failed', 'Undeliverable: x', 'Delayed at first, it met 550 5.1.1 no such user.'],
  ['failed', '', 'Your message has NOT been delivered: 550 no such user.'],
  ['failed', 'Returned mail: Cannot send message for 4 days', 'Deferred: Connection timed out'],
  ['failed', '', 'It is too long in the queue. It will not be retried.'],
  ['failed', '', 'The mailbox is full.'],
  ['relayed', 'Relayed: x', 'Delivery is complete.'],
  ['delivered', 'Delivery Status Notification (Success)', 'It was delivered.'],
] as const;

for (const [action, subject, text] of cases) {
  test(`a notice is ${action}: ${subject} ${text}`, () => {
    assert.equal(actionOfNotice(readNotice(subject, text)), action);
  });
}
