import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestSubmission } from '../testing/test-submission.ts';

const pace = {
  ...{ startTimeoutMs: 60_000, idleTimeoutMs: 60_000, bytesPerSecondMin: 500, windowMs: 500 },
  ...{ startAdvice: 'Log in sooner', messageBytesHardMax: 1_000_000 },
};

test('F34: who does not log in is ended with 421 4.4.2, however busy', async () => {
  await using server = await startTestSubmission({ pace: { ...pace, startTimeoutMs: 500 } });
  await using client = await server.connect();
  await client.say('EHLO client.example');
  client.write('NO');

  assert.match(await client.rest(), /^421 4\.4\.2 Log in sooner/);
});

test('F34: bytes of a command that never ends do not hold a connection', async () => {
  await using server = await startTestSubmission({ pace: { ...pace, idleTimeoutMs: 500 } });
  await using client = await server.client();
  const trickle = setInterval(() => client.write('N'), 50);

  const said = await client.rest();
  clearInterval(trickle);

  assert.match(said, /^421 4\.4\.2 Idle for too long/);
});

test('F34: a message that trickles in is ended with 421 4.4.2, one at a good pace is not', async () => {
  await using server = await startTestSubmission({ pace });
  await using slow = await server.client();
  await using good = await server.client();
  for (const client of [slow, good])
    for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
      await client.say(line);
  good.write('From: shop@shop.example\r\n\r\n');
  const trickle = setInterval(() => {
    slow.write('x');
    good.write(`${'x'.repeat(500)}\r\n`);
  }, 50);

  const said = await slow.rest();
  clearInterval(trickle);

  assert.match(said, /^421 4\.4\.2 Too slow/);
  assert.match(await good.say('.'), /^250 /);
});

test('S13: a message far over the limit is not read to its end', async () => {
  await using server = await startTestSubmission({ pace });
  await using client = await server.client();
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await client.say(line);
  client.write('x'.repeat(1_100_000));

  assert.match(await client.rest(), /^421 4\.3\.1 Message far too large/);
});
