import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounceReplyOf } from './bounce-reply.ts';

test('a reported failure is classified by the remote words, by the status where those have no code', () => {
  const cases = [
    ['550 5.1.1 User unknown', '5.0.0', 'UNKNOWN_USER', true, '5.1.1'],
    ['550 User unknown', undefined, 'UNKNOWN_USER', true, '550'],
    ['', '5.1.1', 'UNKNOWN_USER', true, '5.1.1'],
    ['Sorry, no mailbox here by that name. (#5.1.1)', '5.1.1', 'UNKNOWN_USER', true, '5.1.1'],
    ['552 over quota', '5.2.2', 'MAILBOX_FULL', false, '5.2.2'],
    ['451 4.4.1 no answer', '4.4.7', 'TIMEOUT', false, '4.4.1'],
    ['', '4.4.7', 'TIMEOUT', false, '4.4.7'],
    ['550 5.7.1 rejected by policy', '5.7.1', 'POLICY', true, '5.7.1'],
  ] as const;
  for (const [diagnostic, status, category, hard, code] of cases) {
    const reported = { action: 'failed', diagnostic, addresses: [], ...(status && { status }) } as const;
    const reply = bounceReplyOf(reported);

    assert.deepEqual([reply.category, reply.hard, reply.status], [category, hard, code], diagnostic);
  }
});

test('B05: a policy that was reported late blames no address', () => {
  const reported = {
    action: 'failed',
    status: '5.7.1',
    diagnostic: '550 5.7.1 no such user policy',
  } as const;

  assert.equal(bounceReplyOf({ ...reported, addresses: [] }).status, '5.7.1');
});
