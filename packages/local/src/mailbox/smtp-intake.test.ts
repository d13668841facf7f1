import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { setUpMailbox } from './testing/set-up-mailbox.ts';
import { connectSmtp, smallMessage } from './testing/smtp-client.ts';

test('the exact bytes are stored, dots that SMTP doubled undone', async () => {
  await using box = await setUpMailbox();
  const sent = Buffer.from(
    'Subject: dots\r\n\r\n..leading dot\r\n...two\r\nbare\nLF and \xff\x00 bytes\r\n..\r\n',
    'latin1',
  );

  const reply = await box.client.deliver(['ann@example.com'], Buffer.concat([sent, Buffer.from('.\r\n')]));

  const expected = Buffer.from(
    'Subject: dots\r\n\r\n.leading dot\r\n..two\r\nbare\nLF and \xff\x00 bytes\r\n.\r\n',
    'latin1',
  );
  assert.match(reply, /^250 2\.0\.0 Stored as \w{22}$/);
  const raw = await box.get('/api/v1/message/latest/raw');
  assert.deepEqual(Buffer.from(await raw.arrayBuffer()), expected);
});

test('PIPELINING, 8BITMIME, SMTPUTF8 and SIZE are offered; AUTH and STARTTLS are not', async () => {
  await using box = await setUpMailbox();

  const [reply = ''] = await box.client.say('EHLO again.example\r\n');

  assert.match(reply, /PIPELINING/);
  assert.match(reply, /8BITMIME/);
  assert.match(reply, /SMTPUTF8/);
  assert.match(reply, /SIZE 67108864/);
  assert.doesNotMatch(reply, /AUTH|STARTTLS/);
});

test('a whole pipelined session in one packet stores each message', async () => {
  await using box = await setUpMailbox();
  const one = (at: number) =>
    `MAIL FROM:<a@example.com>\r\nRCPT TO:<b${at}@example.com>\r\nDATA\r\n${smallMessage(`m${at}`)}`;

  const replies = await box.client.say([1, 2, 3].map(one).join(''), 12);

  assert.deepEqual(replies.filter((reply) => reply.startsWith('250 2.0.0')).length, 3);
  assert.equal((await box.list()).total, 3);
});

test('bounce@ is refused for good and defer@ for now, whatever the domain; others still get the message', async () => {
  await using box = await setUpMailbox();
  await box.client.say('MAIL FROM:<a@example.com>\r\n');

  const replies = await box.client.say(
    'RCPT TO:<bounce@x.example>\r\nRCPT TO:<Defer@y.example>\r\nRCPT TO:<ann@z.example>\r\n',
    3,
  );

  assert.match(replies[0] ?? '', /^550 5\.1\.1 /);
  assert.match(replies[1] ?? '', /^451 4\.7\.1 /);
  assert.match(replies[2] ?? '', /^250 /);
});

test('a message announced larger than 64 MB is refused at MAIL', async () => {
  await using box = await setUpMailbox();

  const [reply = ''] = await box.client.say('MAIL FROM:<a@example.com> SIZE=67108865\r\n');

  assert.match(reply, /^552 /);
});

test('a message that turns out larger than 64 MB is refused after its dot, and the connection goes on', async () => {
  await using box = await setUpMailbox();
  const large = Buffer.concat([
    Buffer.from('Subject: large\r\n\r\n'),
    Buffer.alloc(67_200_000, 'x'),
    Buffer.from('\r\n.\r\n'),
  ]);

  assert.match(await box.client.deliver(['ann@example.com'], large), /^552 5\.3\.4 /);
  assert.match(await box.client.deliver(['ann@example.com'], smallMessage('small')), /^250 /);

  assert.equal((await box.list()).total, 1);
});

test('a client that leaves in the middle of a message leaves nothing behind', async () => {
  await using box = await setUpMailbox();
  using leaving = await connectSmtp(box.mailbox.smtpPort);
  await leaving.say('MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n', 3);
  leaving.socket.write('Subject: half\r\n\r\nhalf a mess');
  leaving.socket.destroy();

  assert.match(await box.client.deliver(['ann@example.com'], smallMessage('whole')), /^250 /);

  const { messages } = await box.list();
  assert.deepEqual(
    messages.map(({ Subject }) => Subject),
    ['whole'],
  );
});

test('the null sender and an empty message are taken', async () => {
  await using box = await setUpMailbox();

  assert.match(await box.client.deliver(['ann@example.com'], '.\r\n', ''), /^250 /);

  const message = await box.message();
  assert.deepEqual(
    [message.ReturnPath, message.Subject, message.Size, message.Bcc],
    ['', '', 0, [{ Name: '', Address: 'ann@example.com' }]],
  );
});

test('concurrent deliveries are all stored, each once', async () => {
  await using box = await setUpMailbox();
  const clients = await Promise.all(Array.from({ length: 20 }, () => connectSmtp(box.mailbox.smtpPort)));

  await Promise.all(
    clients.map(async (client, at) => {
      for (let n = 0; n < 25; n++)
        await client.deliver([`u${at}.${n}@example.com`], smallMessage(`s${at}.${n}`));
      client[Symbol.dispose]();
    }),
  );

  const { total, messages } = await box.list('/api/v1/messages?limit=1000');
  assert.equal(total, 500);
  assert.equal(new Set(messages.map(({ Subject }) => Subject)).size, 500);
});

test('SMTPUTF8 addresses and encoded headers are decoded in lists', async () => {
  await using box = await setUpMailbox();
  const transport = createTransport({ host: '127.0.0.1', port: box.mailbox.smtpPort });

  await transport.sendMail({
    from: '"Jörg Übel" <jörg@example.com>',
    to: '用户@例子.example',
    subject: 'Grüße 🎺 aus München',
    text: 'ß',
  });
  transport.close();

  const [message] = (await box.list()).messages;
  assert.deepEqual(message?.From, { Name: 'Jörg Übel', Address: 'jörg@example.com' });
  assert.match(message?.To[0]?.Address ?? '', /^用户@/);
  assert.equal(message?.Subject, 'Grüße 🎺 aus München');
  assert.equal(message?.Snippet, 'ß');
});

test('every address that the APIs accept arrives as it was written: quoted, escaped, or in UTF-8', async () => {
  await using box = await setUpMailbox();
  const addresses = [
    '"jane doe"@example.net',
    '"two  blanks"@example.net',
    '" "@example.net',
    '"a@b"@example.net',
    '"a>b <c:d"@example.net',
    String.raw`"say \"hi\""@example.net`,
    String.raw`"back\\slash"@example.net`,
    '"dots..inside."@example.net',
    '""@example.net',
    '"jörg übel"@example.net',
    'käthe@xn--mnchen-3ya.example',
    "o'hara+!#$%&*/=?^_`{|}~@example.net",
  ];

  for (const address of addresses) {
    await box.client.say(`MAIL FROM:<${address}> BODY=8BITMIME SMTPUTF8\r\n`);
    const [reply = ''] = await box.client.say(`RCPT TO:<${address}>\r\n`);
    await box.client.say('DATA\r\n');
    await box.client.say(smallMessage('paths'));
    const { ReturnPath, Bcc } = await box.message();

    assert.match(reply, /^250 /, address);
    assert.deepEqual([ReturnPath, Bcc], [address, [{ Name: '', Address: address }]]);
  }
});

test('what is no address is refused at MAIL and at RCPT, and the connection goes on', async () => {
  await using box = await setUpMailbox();

  for (const path of [
    '<jane doe@example.net>',
    '<"jane@example.net>',
    '<jane..doe@example.net>',
    '<jane@>',
  ]) {
    assert.match((await box.client.say(`MAIL FROM:${path}\r\n`))[0] ?? '', /^501 /, path);
    await box.client.say('MAIL FROM:<a@example.com>\r\n');
    assert.match((await box.client.say(`RCPT TO:${path}\r\n`))[0] ?? '', /^501 /, path);
    await box.client.say('RSET\r\n');
  }
  assert.match(await box.client.deliver(['ann@example.com'], smallMessage('whole')), /^250 /);
});

test('raw UTF-8 headers, and raw latin1 ones, are readable', async () => {
  await using box = await setUpMailbox();

  await box.client.deliver(['a@example.com'], Buffer.from('Subject: Grüße\r\n\r\n.\r\n'));
  await box.client.deliver(['a@example.com'], Buffer.from('Subject: Gr\xfc\xdfe\r\n\r\n.\r\n', 'latin1'));

  const { messages } = await box.list();
  assert.deepEqual(
    messages.map(({ Subject }) => Subject),
    ['Grüße', 'Grüße'],
  );
});

test('a port that is taken is named', async () => {
  await using box = await setUpMailbox();

  await assert.rejects(setUpMailbox({ smtpPort: box.mailbox.smtpPort }), {
    code: 'misconfigured',
    message: new RegExp(`Port ${box.mailbox.smtpPort} .* another program uses it`),
  });
});
