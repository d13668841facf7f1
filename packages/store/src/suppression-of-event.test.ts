import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventOf } from '@posthorn/contracts';
import { isAddressFaultClass, replyClassNames } from '@posthorn/mail';
import { anEvent } from '@posthorn/testing';
import { suppressionOf } from './suppression-of-event.ts';

type Bounce = Partial<EventOf<'BOUNCE'>>;

test('the class of a bounce decides whether the address is suppressed, whatever the status', () => {
  for (const name of replyClassNames) {
    for (const status of ['5.1.1', '5.2.1', '5.7.1', '550']) {
      const bounce = { class: name, status, hard: true, response: `550 ${status} no` };
      assert.equal(isSuppressed(bounce), isAddressFaultClass(name), `${name} ${status}`);
    }
  }
});

test('delays that ran out of time do not suppress, even when the last one said that the mailbox is unknown', () => {
  assert.equal(isSuppressed({ class: 'unknown-recipient', status: '4.1.1', hard: false }), false);
});

test('of our own refusals those suppress that blame the address: no such domain, null MX, an unusable address', () => {
  const own = { hard: false, category: 'DNS_FAILURE' } as const;

  assert.equal(isSuppressed({ ...own, status: '5.1.2', response: 'the domain does not exist' }), true);
  assert.equal(
    isSuppressed({ ...own, status: '5.1.10', response: '556 5.1.10 the domain takes no mail' }),
    true,
  );
  assert.equal(isSuppressed({ hard: true, status: '5.1.3', response: 'the address cannot be used' }), true);
  for (const status of ['5.4.4', '5.4.6', '4.4.7', '5.6.7', '5.3.4'])
    assert.equal(isSuppressed({ ...own, status, response: 'something of ours' }), false, status);
});

test('what another server reports by mail is judged by its words and its status', () => {
  const reported = (status: string, response: string) =>
    isSuppressed({ late: true, hard: true, status, response });

  assert.equal(reported('5.1.1', '550 5.1.1 user unknown'), true);
  assert.equal(reported('5.0.0', 'No such mailbox here'), true);
  assert.equal(reported('5.1.1', 'the mailbox is full'), false);
  assert.equal(reported('5.1.1', 'rejected as spam'), false);
  assert.equal(reported('5.2.1', '550 5.2.1 198.51.100.7 is listed by a block list'), false);
  assert.equal(reported('5.1.2', '550 5.1.2 Host unknown'), false);
});

function isSuppressed(fields: Bounce): boolean {
  return suppressionOf(anEvent('BOUNCE', fields)) !== undefined;
}
