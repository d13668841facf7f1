import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createStatusIdIssuer } from '@posthorn/mail';
import {
  accountId,
  aMessage,
  keyring,
  startTestSubmission,
  type TestSubmission,
} from '../testing/test-submission.ts';

let server: TestSubmission;
before(async () => {
  server = await startTestSubmission();
});
after(() => server[Symbol.asyncDispose]());

const smuggled = 'MAIL FROM:<evil@evil.example>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n';

test('S01: no sequence but CR LF . CR LF ends a message, and one with bare CR, LF or NUL is 554 5.6.0', async () => {
  const ends = [
    '\n.\n',
    '\n.\r\n',
    '\r.\r',
    '\r\n.\r',
    '\r.\r\n',
    '\r\n.\n',
    '\0\r\n..\r\n',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
    '\r\r\n..\r\n',
    '\r\n..\r\r\n',
    '\n\n.\n\n',
  ];
  for (const end of ends) {
    await using client = await server.client();
    for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
      await client.say(line);
    client.write(`${aMessage()}first${end}${smuggled}${aMessage()}\r\n.\r\nNOOP\r\n`);

    assert.match(await client.read(), /^554 5\.6\.0 Bare CR, bare LF or NUL/, JSON.stringify(end));
    assert.equal(await client.read(), '250 2.0.0 OK', JSON.stringify(end));
  }
  assert.deepEqual(server.faked.posted, []);
});

test('S01: a true end behind a bare CR ends the message, which is refused; nothing behind it is one either', async () => {
  await using client = await server.client();
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await client.say(line);
  client.write(`${aMessage()}first\r\r\n.\r\nNOOP\r\n`);

  assert.match(await client.read(), /^554 5\.6\.0/);
  assert.match(await client.read(), /^250 /);
  assert.deepEqual(server.faked.posted, []);
});

test('S01: the same byte by byte, however the network cuts it', async () => {
  await using client = await server.client();
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await client.say(line);
  const message = aMessage({}, '..first line\r\n..\r\n...\r\nlast\r\n.\r\n');
  for (const byte of message) {
    client.write(byte);
    await new Promise(setImmediate);
  }

  assert.match(await client.read(), /^250 /);
  assert.match(server.faked.posted.pop()?.raw ?? '', /\r\n\r\n\.first line\r\n\.\r\n\.\.\r\nlast\r\n$/);
});

test('S10: an 8-bit body is taken as it is, declared or not', async () => {
  const body = Buffer.from('Grüße 😀\r\n').toString('latin1');
  for (const mail of ['MAIL FROM:<shop@shop.example>', 'MAIL FROM:<shop@shop.example> BODY=8BITMIME'])
    assert.match(await server.submit(aMessage({}, body), { mail }), /^250 /);

  for (const { raw } of server.faked.posted.splice(0)) assert.ok(raw.endsWith(body));
});

test('S11: long lines of a body are taken up to 1 MiB, beyond it 554 5.6.0', async () => {
  for (const length of [998, 999, 1_000, 2_048, 1_000_000])
    assert.match(await server.submit(aMessage({}, `${'x'.repeat(length)}\r\n`)), /^250 /, String(length));
  const lengths = server.faked.posted.splice(0).map(({ raw }) => raw.length);

  assert.deepEqual(
    lengths.map((length) => length - (lengths[0] ?? 0)),
    [0, 1, 2, 1_050, 999_002],
  );
  assert.match(
    await server.submit(aMessage({}, `${'x'.repeat(1_100_000)}\r\n`)),
    /^554 5\.6\.0 A line of more than 1 MiB/,
  );
});

test('S11: a line of over 998 bytes in a signed part is 554 5.6.0, since nobody may encode it', async () => {
  const signed = (line: string): string =>
    `--s\r\n\r\n${line}\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nAAAA\r\n--s--\r\n`;
  const header = { 'Content-Type': 'multipart/signed; boundary=s' };

  assert.match(
    await server.submit(aMessage(header, signed('x'.repeat(999)))),
    /^554 5\.6\.0 A line of more than 998 characters in a signed/,
  );
  assert.match(await server.submit(aMessage(header, signed('x'.repeat(998)))), /^250 /);
  server.faked.posted.splice(0);
});

test('S12: headers that others would read differently are 554 5.6.0', async () => {
  const wrong: Record<string, string> = {
    'a long line': aMessage({ Subject: 'x'.repeat(1_000) }),
    'more than 100 kB': aMessage({ 'X-Much': `${'x'.repeat(900)}\r\n `.repeat(120) }),
    'more than 1,000 fields': `${'X-Many: 1\r\n'.repeat(1_001)}${aMessage()}`,
    'a space in a name': `Bad Name: 1\r\n${aMessage()}`,
    '8 bits in a name': `B\xe4d: 1\r\n${aMessage()}`,
    'no name': `: 1\r\n${aMessage()}`,
    'no colon': `what is this\r\n${aMessage()}`,
    'a folded first line': ` folded\r\n${aMessage()}`,
    'an mbox line': `From shop@shop.example Sat Nov 21 20:51:47 2026\r\n${aMessage()}`,
    'two From': `From: evil@evil.example\r\n${aMessage()}`,
    'two Subject': `subject: other\r\n${aMessage()}`,
    'two Date': `Date: 1\r\nDate: 2\r\n${aMessage()}`,
    'two Message-ID': `Message-ID: <1@a>\r\nMessage-Id: <2@a>\r\n${aMessage()}`,
    'no From': aMessage({ From: '' }),
    'no header': '\r\nonly a body\r\n',
    nothing: '',
  };
  for (const [what, message] of Object.entries(wrong))
    assert.match(await server.submit(message), /^554 5\.6\.0 /, what);
  assert.deepEqual(server.faked.posted, []);
});

test('S12: From holds one address: lists, groups and what is none are refused', async () => {
  for (const From of [
    'a@shop.example, b@shop.example',
    'Doe, john@shop.example',
    'group: a@shop.example, b@shop.example;',
    'nobody',
    '<>',
    '"a@shop.example',
    'a@shop.example <b@evil.example> c@shop.example',
    '<a@evil.example> <b@shop.example>',
    'a@evil.example <b@shop.example>',
  ])
    assert.match(
      await server.submit(aMessage({ From })),
      /^554 5\.6\.0 The message must have one From/,
      From,
    );
});

test('X-Posthorn-Track says one of four words, or is refused', async () => {
  assert.match(
    await server.submit(aMessage({ 'X-Posthorn-Track': 'some' })),
    /^554 5\.6\.0 X-Posthorn-Track/,
  );
  assert.match(await server.submit(aMessage({ 'X-Posthorn-Track': 'Opens' })), /^250 /);
  server.faked.posted.pop();
});

test('header text in UTF-8 is taken from every client, other bytes and controls are 554 5.6.9', async () => {
  const Subject = Buffer.from('Grüße').toString('latin1');
  const mail = 'MAIL FROM:<shop@shop.example> SMTPUTF8';

  assert.match(await server.submit(aMessage({ Subject: 'Gr\xfc\xdfe' }), { mail }), /^554 5\.6\.9 /);
  assert.match(await server.submit(aMessage({ Subject: 'Gr\xfc\xdfe' })), /^554 5\.6\.9 /);
  assert.match(await server.submit(aMessage({ Subject: 'a\x01b' })), /^554 5\.6\.9 /);
  assert.match(await server.submit(aMessage({ Subject })), /^250 /);
  assert.match(await server.submit(aMessage({ Subject }), { mail }), /^250 /);
  server.faked.posted.splice(0);
});

test('an address in the header whose local part is not ASCII needs SMTPUTF8', async () => {
  const mail = 'MAIL FROM:<shop@shop.example> SMTPUTF8';
  const To = Buffer.from('René <rené@example.com>').toString('latin1');

  assert.match(await server.submit(aMessage({ To })), /^554 5\.6\.9 An address in the header/);
  assert.match(await server.submit(aMessage({ To }), { mail }), /^250 /);
  const named = Buffer.from('René <rene@bücher.example>').toString('latin1');
  assert.match(await server.submit(aMessage({ To: named })), /^250 /);
  server.faked.posted.splice(0);
});

test('From is one address however it is written: comments in comments, blanks, a comma in its name', async () => {
  for (const From of [
    'shop@shop.example (Shop (EU) Ltd)',
    'Shop < shop@shop.example >',
    'Shop, Inc. <shop@shop.example>',
    'Shop (of (all)) <@relay.example:shop @ shop.example>',
    'Shop: shop@shop.example;',
  ])
    assert.match(await server.submit(aMessage({ From })), /^250 /, From);
  server.faked.posted.splice(0);
});

test('S13: past the limit a message is read to its end, not kept, and 552 5.3.4', async () => {
  const line = `${'x'.repeat(998)}\r\n`;
  const mail = 'MAIL FROM:<shop@shop.example> SIZE=1000';

  const reply = await server.submit(aMessage({}, line.repeat(31_500)), { mail });
  const lying = await server.submit(aMessage({}, line.repeat(400)), { mail });

  assert.match(reply, /^552 5\.3\.4 Message too large/);
  assert.match(lying, /^250 /);
  assert.equal(server.faked.posted.splice(0).length, 1);
});

test('S15: mail from a domain that is not verified is 550 5.7.1, whatever MAIL FROM says', async () => {
  for (const From of ['a@evil.example', '"a@shop.example" <a@evil.example>', 'a@shop.example.evil.example'])
    assert.match(
      await server.submit(aMessage({ From })),
      /^550 5\.7\.1 The domain of From is not verified/,
      From,
    );
  assert.match(
    await server.submit(aMessage({ From: 'shop@SHOP.example (The shop)' }), {
      mail: 'MAIL FROM:<a@evil.example>',
    }),
    /^250 /,
  );
  server.faked.posted.pop();
});

test('S19: more than fifty hops, or a message of ours that comes back, is 554 5.4.6', async () => {
  const statusId = createStatusIdIssuer(keyring, { processSeed: 2 }).issue(accountId, Date.now());
  const received = 'Received: from a by b; Sat, 21 Nov 2026 20:51:47 +0000\r\n';

  assert.match(await server.submit(`${received.repeat(51)}${aMessage()}`), /^554 5\.4\.6/);
  assert.match(await server.submit(aMessage({ 'X-HubSpot-MID': statusId })), /^554 5\.4\.6/);
  assert.match(
    await server.submit(`${received.repeat(50)}${aMessage({ 'X-HubSpot-MID': 'theirs' })}`),
    /^250 /,
  );
  server.faked.posted.pop();
});

test('S21: automatic replies are mail like any other', async () => {
  const message = aMessage({ 'Auto-Submitted': 'auto-replied' });

  assert.match(await server.submit(message, { mail: 'MAIL FROM:<>' }), /^250 /);
  server.faked.posted.pop();
});

test('while Redis is away the answer is 451 4.3.0, and nothing is taken', async () => {
  server.faked.isQueueAway = true;
  const reply = await server.submit(aMessage());
  server.faked.isQueueAway = false;

  assert.match(reply, /^451 4\.3\.0 Cannot take mail now/);
});

test('a client that leaves in the middle of a message leaves nothing behind', async () => {
  {
    await using client = await server.client();
    for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
      await client.say(line);
    client.write('From: shop@shop.example\r\n');
  }

  assert.match(await server.submit(aMessage()), /^250 /);
  assert.equal(server.faked.posted.splice(0).length, 1);
});
