import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MailboxUnderTest, setUpMailbox } from './testing/set-up-mailbox.ts';
import { smallMessage } from './testing/smtp-client.ts';

test('a search finds by recipient, sender, subject and words in the body, upper and lower case alike', async () => {
  await using box = await setUpFilledMailbox();

  assert.deepEqual(await found(box, 'to:ANN@example.com'), ['Your receipt', 'Hello there']);
  assert.deepEqual(await found(box, 'from:shop'), ['Your receipt']);
  assert.deepEqual(await found(box, 'subject:receipt'), ['Your receipt']);
  assert.deepEqual(await found(box, 'Thursday'), ['Your receipt']);
  assert.deepEqual(await found(box, 'example.net'), ['Newsletter']);
});

test('quotes keep words together, terms are joined by "and", a minus excludes', async () => {
  await using box = await setUpFilledMailbox();

  assert.deepEqual(await found(box, 'subject:"your receipt"'), ['Your receipt']);
  assert.deepEqual(await found(box, 'subject:"receipt your"'), []);
  assert.deepEqual(await found(box, '"books arrive"'), ['Your receipt']);
  assert.deepEqual(await found(box, 'to:ann -from:shop'), ['Hello there']);
  assert.deepEqual(await found(box, '!to:ann'), ['Newsletter']);
  assert.deepEqual(await found(box, 'to:ann "books arrive" -newsletter'), ['Your receipt']);
});

test('state, size, time and hidden recipients can be asked for', async () => {
  await using box = await setUpFilledMailbox();

  assert.deepEqual(await found(box, 'is:unread larger:1kb'), ['Newsletter']);
  assert.deepEqual(await found(box, 'smaller:1kb addressed:ann'), ['Your receipt', 'Hello there']);
  assert.deepEqual(await found(box, 'bcc:hidden'), ['Your receipt']);
  assert.deepEqual(await found(box, 'has:attachment'), []);
  assert.deepEqual(await found(box, 'before:2000-01-01'), []);
  assert.equal((await found(box, 'after:2000-01-01')).length, 3);
});

test('a search no one can make sense of finds nothing and breaks nothing', async () => {
  await using box = await setUpFilledMailbox();

  for (const query of [
    '"',
    '-',
    '((((',
    'subject:',
    '%',
    '\\',
    'nosuchfield:x',
    '"unclosed',
    'x'.repeat(5_000),
  ]) {
    const answer = await box.get(`/api/v1/search?query=${encodeURIComponent(query)}`);
    assert.equal(answer.status, 200, query);
  }
});

test('paging a search counts all that match', async () => {
  await using box = await setUpFilledMailbox();

  const list = await box.list('/api/v1/search?query=to:ann&start=1&limit=1');

  assert.deepEqual([list.total, list.messages_count, list.count, list.start], [3, 2, 1, 1]);
  assert.deepEqual(
    list.messages.map(({ Subject }) => Subject),
    ['Hello there'],
  );
});

test('the latest message that matches can be asked for', async () => {
  await using box = await setUpFilledMailbox();

  assert.equal((await box.message('latest?query=subject:hello')).Subject, 'Hello there');
  assert.equal((await box.get('/api/v1/message/latest?query=subject:nothing')).status, 404);
});

async function found(box: MailboxUnderTest, query: string): Promise<string[]> {
  const { messages } = await box.list(`/api/v1/search?query=${encodeURIComponent(query)}`);
  return messages.map(({ Subject }) => Subject);
}

async function setUpFilledMailbox(): Promise<MailboxUnderTest> {
  const box = await setUpMailbox();
  const base64 = `${Buffer.from('A newsletter. '.repeat(100))
    .toString('base64')
    .replace(/(.{76})/g, '$1\r\n')}\r\n`;
  const mime = ['MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8'];
  await box.client.deliver(
    ['bob@example.net'],
    `From: news@example.net\r\nTo: bob@example.net\r\nSubject: Newsletter\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}.\r\n`,
  );
  await box.client.deliver(
    ['ann@example.com'],
    'From: Zoe <zoe@example.com>\r\nTo: Ann <ann@example.com>\r\nSubject: Hello there\r\n\r\nHi.\r\n.\r\n',
  );
  await box.client.deliver(
    ['ann@example.com', 'hidden@example.com'],
    smallMessage('Your receipt', '<p>The <b>books</b>\r\narrive on =\r\nThurs=64ay.</p>', [
      ...mime,
      'Content-Transfer-Encoding: quoted-printable',
    ]),
  );
  return box;
}
