import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedWaitMs } from './named-wait.ts';
import { parseReply } from './smtp-reply.ts';

const waits: Record<string, number | undefined> = {
  // https://ac.roguewd.com/index.php?rp=/knowledgebase/126/451-Greylisted-please-try-again-in-900-seconds.html
  '451 Greylisted, please try again in 900 seconds': 900,
  // https://smtp.codes/barracuda
  '451 4.7.1 <email@example.com>: Recipient address rejected: Greylisted for 5 minutes': 300,
  // https://smtp.codes/zerospam
  '450 4.2.0 <email@example.com>: Recipient address rejected: example.com greylisted for 60 seconds by ZEROSPAM': 60,
  // https://github.com/schweikert/postgrey/issues/86
  '450 4.2.0 <ppl@example.be>: Recipient address rejected: Greylisted for 300 seconds': 300,
  // https://github.com/mailcow/mailcow-dockerized/issues/4443
  '450 Recipient address rejected: Greylisting in action, please come back in 180 seconds': 180,
  '451 Greylisting in action, please come back in 00:04:59': 299,
  '450 try again in about 2 hours': 7_200,
  '450 retry after 90s': 90,
  '421 wait 10 min': 600,
  '451 4.7.1 Try again later': undefined,
  '450 4.2.1 You sent to many mails from different domains in the last 10 minutes': undefined,
  '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred - 4.16.55.1': undefined,
  '452 try again later, at most 3 messages': undefined,
  '450 try again in 99999999999 seconds': undefined,
  garbage: undefined,
};

test('a wait that a reply names is read, in seconds, minutes, hours or as a clock shows it', () => {
  for (const [raw, seconds] of Object.entries(waits)) {
    assert.equal(namedWaitMs(parseReply(raw)), seconds === undefined ? undefined : seconds * 1_000, raw);
  }
});
