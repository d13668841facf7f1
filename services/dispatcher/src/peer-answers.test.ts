import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOfReply } from './outcome.ts';
import { answersOf, warmupResultOf } from './peer-answers.ts';

const ofOneAccount = [
  '451 temporarily deferred, unresolvable RFC.5321 from domain',
  '421 4.7.0 the sender domain does not resolve',
  '421 4.7.28 unusual rate of mail from your SPF domain',
  '421 4.7.26 sender is unauthenticated, either SPF or DKIM must pass',
  '421 4.7.0 message looks like spam',
  '452 4.2.2 mailbox full',
  '450 4.1.1 user unknown',
];
const ofOurAddress = [
  '421 4.7.0 too many connections',
  '450 4.7.1 rate limit exceeded',
  '421 4.3.2 server busy',
];

test('what is wrong with a recipient, a message, or the domain of one account holds no other mail to the site', () => {
  for (const raw of ofOneAccount) {
    const outcome = outcomeOfReply(raw);
    assert.partialDeepStrictEqual(outcome, { kind: 'deferred', scope: 'recipient', action: 'retry' }, raw);
  }
  for (const raw of ofOurAddress)
    assert.partialDeepStrictEqual(outcomeOfReply(raw), { kind: 'deferred', scope: 'site' }, raw);
});

test('the warm-up of an address is slowed by what is said of it, and not by the domain of one account', () => {
  const resultOf = (raw: string) => warmupResultOf(answersOf([outcomeOfReply(raw)], undefined));

  for (const raw of ofOneAccount) assert.equal(resultOf(raw), undefined, raw);
  for (const raw of ofOurAddress) assert.equal(resultOf(raw), 'deferred', raw);
  assert.equal(resultOf('554 198.51.100.2 is listed'), 'blocked');
  assert.equal(resultOf('450 greylisted'), undefined);
});
