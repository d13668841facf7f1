import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { ErrorShape, InfoShape } from './testing/mailpit-shapes.ts';
import { type MailboxUnderTest, setUpMailbox } from './testing/set-up-mailbox.ts';
import { smallMessage } from './testing/smtp-client.ts';

test('a list has the newest message first, in Mailpit’s shape, with the recipients no header names as Bcc', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['ann@example.com'], smallMessage('first'));
  await box.client.deliver(['Ann@Example.com', 'hidden@example.net'], smallMessage('second', 'Body text.'));

  const list = await box.list();

  assert.deepEqual(
    list.messages.map(({ Subject }) => Subject),
    ['second', 'first'],
  );
  assert.deepEqual([list.total, list.unread, list.count, list.messages_count, list.start], [2, 2, 2, 2, 0]);
  assert.deepEqual(list.messages[0]?.Bcc, [{ Name: '', Address: 'hidden@example.net' }]);
  assert.equal(list.messages[0]?.Snippet, 'Body text.');
});

test('a message has its text, HTML, attachments with checksums, and List-Unsubscribe', async () => {
  await using box = await setUpMailbox();
  await sendRichMessage(box);

  const message = await box.message();

  assert.equal(message.Text.trim(), 'Plain words.');
  assert.match(message.HTML, /<img src="cid:logo">/);
  assert.deepEqual(
    message.Attachments.map(({ FileName, ContentType, Size }) => [FileName, ContentType, Size]),
    [['a b.csv', 'text/csv', 9]],
  );
  assert.deepEqual(
    message.Inline.map(({ ContentID }) => ContentID),
    ['logo'],
  );
  assert.equal(
    message.Attachments[0]?.Checksums.SHA256,
    createHash('sha256').update('1,2\r\n3,4\n').digest('hex'),
  );
  assert.deepEqual(message.ListUnsubscribe, {
    Header: '<https://example.com/u>, <mailto:u@example.com>',
    Links: ['https://example.com/u', 'mailto:u@example.com'],
    Errors: '',
    HeaderPost: 'List-Unsubscribe=One-Click',
  });
  const [summary] = (await box.list()).messages;
  assert.equal(summary?.Attachments, 1);
  assert.equal(summary?.Read, true);
});

test('a part is served with its exact bytes, and never as something that runs (X01)', async () => {
  await using box = await setUpMailbox();
  await sendRichMessage(
    box,
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    'x.svg',
    'image/svg+xml',
  );
  const [part] = (await box.message()).Attachments;

  const answer = await box.get(`/api/v1/message/latest/part/${part?.PartID}`);

  assert.equal(await answer.text(), '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
  assert.match(answer.headers.get('content-disposition') ?? '', /^attachment/);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
});

test('headers come as arrays of values under canonical names', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(
    ['a@example.com'],
    smallMessage('h', 'x', ['received: one', 'Received: two\r\n folded', 'DKIM-Signature: d=x']),
  );

  const headers = await (await box.get('/api/v1/message/latest/headers')).json();

  assert.deepEqual(headers, {
    'Dkim-Signature': ['d=x'],
    From: ['Shop <shop@example.com>'],
    Received: ['one', 'two folded'],
    Subject: ['h'],
    To: ['Ann <ann@example.com>'],
  });
});

test('start and limit page through; huge, negative and foolish ones are harmless', async () => {
  await using box = await setUpMailbox();
  for (const subject of ['1', '2', '3']) await box.client.deliver(['a@example.com'], smallMessage(subject));
  const subjects = async (query: string) =>
    (await box.list(`/api/v1/messages?${query}`)).messages.map(({ Subject }) => Subject);

  assert.deepEqual(await subjects('start=1&limit=1'), ['2']);
  assert.deepEqual(await subjects('limit=999999999'), ['3', '2', '1']);
  assert.deepEqual(await subjects('limit=99999999999999999999'), ['3', '2', '1']);
  assert.deepEqual(await subjects('start=-5&limit=-1'), ['3', '2', '1']);
  assert.deepEqual(await subjects('start=999999999'), []);
  assert.deepEqual(await subjects('start=abc&limit[]=1'), ['3', '2', '1']);
});

test('unknown ids, parts and endpoints answer 404 with an error body', async () => {
  await using box = await setUpMailbox();
  const paths = [
    'message/latest',
    'message/nope',
    'message/nope/raw',
    'message/nope/headers',
    'message/nope/part/1',
    'message/%00',
    'message/..%2f..',
    'nothing',
  ];

  for (const path of paths) {
    const answer = await box.get(`/api/v1/${path}`);
    assert.equal(answer.status, 404, path);
    ErrorShape.parse(await answer.json());
  }
});

test('requests that cannot be understood answer 400 with an error body and delete nothing', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['a@example.com'], smallMessage('kept'));
  const requests: [string, RequestInit][] = [
    ['messages', { method: 'DELETE', body: '{"IDs": [' }],
    ['messages', { method: 'DELETE', body: '{"IDs": "all"}' }],
    ['messages', { method: 'DELETE', body: '[1]' }],
    ['messages', { method: 'PUT', body: '{"Read": "yes"}' }],
    ['messages', { method: 'PUT', body: '{"Read": true, "IDs": ["x"], "Search": "y"}' }],
    ['search', {}],
    ['search', { method: 'DELETE' }],
    ['message/%E0%A4%A', {}],
  ];

  for (const [path, init] of requests) {
    const answer = await box.get(`/api/v1/${path}`, init);
    assert.equal(answer.status, 400, `${init.method ?? 'GET'} ${path} ${init.body ?? ''}`);
    ErrorShape.parse(await answer.json());
  }
  assert.equal((await box.list()).total, 1);
});

test('deleting takes the messages named, those found, or all of them', async () => {
  await using box = await setUpMailbox();
  for (const subject of ['one', 'two', 'three', 'four'])
    await box.client.deliver(['a@example.com'], smallMessage(subject));
  const left = async () => (await box.list()).messages.map(({ Subject }) => Subject);
  const [four] = (await box.list()).messages;

  await box.get('/api/v1/messages', {
    method: 'DELETE',
    body: JSON.stringify({ IDs: [four?.ID, 'unknown'] }),
  });
  assert.deepEqual(await left(), ['three', 'two', 'one']);

  await box.get('/api/v1/search?query=subject:two', { method: 'DELETE' });
  assert.deepEqual(await left(), ['three', 'one']);

  const answer = await box.get('/api/v1/messages', { method: 'DELETE' });
  assert.equal(await answer.text(), 'ok');
  assert.deepEqual(await left(), []);
});

test('messages are marked read by being fetched, by id, by search and all at once', async () => {
  await using box = await setUpMailbox();
  for (const subject of ['one', 'two', 'three'])
    await box.client.deliver(['a@example.com'], smallMessage(subject));
  const put = (body: object) => box.get('/api/v1/messages', { method: 'PUT', body: JSON.stringify(body) });

  await box.message();
  assert.equal((await box.list()).unread, 2);
  await put({ Read: true, Search: 'subject:two' });
  assert.equal((await box.list()).unread, 1);
  await put({ Read: false });
  assert.equal((await box.list()).unread, 3);
  await put({ Read: true });
  assert.equal((await box.list('/api/v1/search?query=is:unread')).messages_count, 0);
});

test('past the cap the oldest message is dropped', async () => {
  await using box = await setUpMailbox({ messagesMax: 3 });
  for (const subject of ['1', '2', '3', '4', '5'])
    await box.client.deliver(['a@example.com'], smallMessage(subject));

  const { total, unread, messages } = await box.list();

  assert.deepEqual([total, unread], [3, 3]);
  assert.deepEqual(
    messages.map(({ Subject }) => Subject),
    ['5', '4', '3'],
  );
});

test('info tells how many messages there are and where', async () => {
  await using box = await setUpMailbox();
  await box.client.deliver(['a@example.com'], smallMessage('x'));

  const info = InfoShape.parse(await (await box.get('/api/v1/info')).json());

  assert.deepEqual(
    [info.Messages, info.Unread, info.Database, info.RuntimeStats.SMTPAccepted],
    [1, 1, 'memory', 1],
  );
});

async function sendRichMessage(
  box: MailboxUnderTest,
  content = '1,2\r\n3,4\n',
  filename = 'a b.csv',
  contentType = 'text/csv',
): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: box.mailbox.smtpPort });
  await transport.sendMail({
    from: 'shop@example.com',
    to: 'ann@example.com',
    subject: 'rich',
    text: 'Plain words.',
    html: '<p>Rich words.</p><img src="cid:logo">',
    headers: {
      'List-Unsubscribe': '<https://example.com/u>, <mailto:u@example.com>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
    attachments: [
      { filename, content, contentType },
      {
        filename: 'logo.png',
        cid: 'logo',
        content: Buffer.from('not really a png'),
        contentType: 'image/png',
      },
    ],
  });
  transport.close();
}
