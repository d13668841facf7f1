import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectStatusId } from '@posthorn/mail';
import { accountId, aMessage, keyring, startTestSubmission, userName } from './testing/test-submission.ts';

const statusIdOf = (reply: string) => /^250 2\.0\.0 Ok: accepted as (\S+)$/.exec(reply)?.[1] ?? reply;

test('a message is one item: a send for each To recipient, the rest of the envelope as copies', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({
    To: 'Ada <ada@example.com>, BOB@example.com, gone@example.com',
    Cc: 'carl@example.com',
  });
  const to = ['carl@example.com', 'bob@EXAMPLE.com', 'ada@example.com', 'hidden@example.com'];

  const statusId = statusIdOf(await server.submit(message, { to }));

  const [item] = server.faked.posted;
  assert.deepEqual(
    item?.sends.map((send) => send.to),
    ['bob@example.com', 'ada@example.com'],
  );
  assert.deepEqual(item?.copies, ['carl@example.com', 'hidden@example.com']);
  assert.deepEqual([item?.id, item?.sends[0]?.statusId], [statusId, statusId]);
  assert.deepEqual([item?.tokenId, item?.accountId, item?.emailId], [userName, accountId, 7]);
  assert.equal(item?.createContact, false);
  assert.equal(item?.raw, message);
  for (const send of item?.sends ?? [])
    assert.equal(inspectStatusId(keyring, accountId, send.statusId).kind, 'issued');
});

test('where no recipient is in To those outside Cc are sends, and where all are in Cc, all are', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({ To: 'undisclosed-recipients:;', Cc: 'carl@example.com' });

  await server.submit(message, { to: ['hidden@example.com', 'carl@example.com'] });
  await server.submit(message, { to: ['carl@example.com'] });

  const chosen = server.faked.posted.map(({ sends, copies }) => [sends.map((send) => send.to), copies]);
  assert.deepEqual(chosen, [
    [['hidden@example.com'], ['carl@example.com']],
    [['carl@example.com'], []],
  ]);
});

test('F02: with an idempotency key a repeat is answered with the first statusId, and posted once', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({ 'X-Posthorn-Idempotency-Key': 'order-1' });

  const replies = [await server.submit(message), await server.submit(message)];

  assert.equal(new Set(replies.map(statusIdOf)).size, 1);
  assert.equal(server.faked.posted.length, 1);
  assert.match(server.faked.posted[0]?.requestKey ?? '', /^[0-9a-f]{64}$/);
});

test('F02: a repeat of a message whose post had no answer is posted as the same send', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({ 'X-Posthorn-Idempotency-Key': 'order-1' });
  server.faked.isQueueAway = true;
  assert.match(await server.submit(message), /^451 /);
  server.faked.isQueueAway = false;
  await server.submit(message);
  const other = await server.submit(aMessage({ 'X-Posthorn-Idempotency-Key': 'order-2' }));

  const [first, second] = server.faked.posted;
  assert.notEqual(first?.requestKey, second?.requestKey);
  assert.equal(statusIdOf(other), second?.id);
});

test('a key is of one set of recipients: the same message to others is another', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({ 'X-Posthorn-Idempotency-Key': 'order-1' });

  await server.submit(message, { to: ['ada@example.com', 'bob@example.com'] });
  await server.submit(message, { to: ['bob@example.com', 'ADA@example.com'] });
  await server.submit(message, { to: ['carl@example.com'] });

  assert.equal(server.faked.posted.length, 2);
});

test('a Message-ID makes a repeat harmless where the account says so, and only there', async () => {
  await using server = await startTestSubmission();
  const message = aMessage({ 'Message-ID': '<1@shop.example>' });
  await server.submit(message);
  await server.submit(message);
  assert.equal(server.faked.posted.splice(0).length, 2);

  server.faked.dedupesMessageId = true;
  const replies = [await server.submit(message), await server.submit(message)];
  await server.submit(aMessage());
  await server.submit(aMessage());

  assert.equal(new Set(replies.map(statusIdOf)).size, 1);
  assert.equal(server.faked.posted.length, 3);
});

test('two messages whose Message-ID names nothing are not one message', async () => {
  await using server = await startTestSubmission();
  server.faked.dedupesMessageId = true;

  for (const id of ['<>', '<>', '<@>', '<@>', '< >', '< >'])
    assert.match(await server.submit(aMessage({ 'Message-ID': id })), /^250 /);

  assert.equal(server.faked.posted.length, 6);
});

test('an idempotency key that is none, or given twice, is refused', async () => {
  await using server = await startTestSubmission();
  const twice = `X-Posthorn-Idempotency-Key: a\r\n${aMessage({ 'X-Posthorn-Idempotency-Key': 'b' })}`;

  for (const message of [twice, aMessage({ 'X-Posthorn-Idempotency-Key': 'x'.repeat(257) })])
    assert.match(await server.submit(message), /^554 5\.6\.0 X-Posthorn-Idempotency-Key must be/);
});

test('a key that comes with a message of other To recipients is another message', async () => {
  await using server = await startTestSubmission();
  const to = ['ada@example.com', 'bob@example.com'];
  const key = { 'X-Posthorn-Idempotency-Key': 'order-1' };
  await server.submit(aMessage(key), { to });

  const reply = await server.submit(aMessage({ ...key, To: to.join(', ') }), { to });

  assert.match(reply, /^554 5\.6\.0 The X-Posthorn-Idempotency-Key was used with another message/);
});

test('while domains cannot be asked a message is 451 4.3.0, not refused for good', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await client.say(line);
  server.faked.isStoreAway = true;
  client.write(aMessage());

  assert.match(await client.say('.'), /^451 4\.3\.0/);
});
