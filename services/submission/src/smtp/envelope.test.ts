import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMessage, startTestSubmission } from '../testing/test-submission.ts';

test('S08: addresses that are none are refused, with 501 5.1.7 in MAIL and 501 5.1.3 in RCPT', async () => {
  await using server = await startTestSubmission();
  const wrong = [
    '',
    'a@b.example>',
    'Shop <a@b.example>',
    'a b@b.example',
    '<a@b.example',
    '<a b@b.example>',
    '<a\0@b.example>',
    '<a\r@b.example>',
    '<a@b.example\tx>',
    '<"\\"@b.example>',
    '<a..b@b.example>',
    '<.a@b.example>',
    '<a.@b.example>',
    '<@b.example>',
    '<a@>',
    '<a@b..example>',
    '<a@@b.example>',
    '<<a@b.example>>',
    '<a@b.example>x',
    `<a@${'b.'.repeat(126)}bb.example>`,
    '<\xff@b.example>',
    '<a@b.example> SIZE=1\rRCPT TO:<c@d.example>',
  ];
  for (const path of wrong) {
    await using client = await server.client();
    assert.match(await client.say(`MAIL FROM:${path}`), /^501 5\.1\.7 /, JSON.stringify(path));
    await client.say('MAIL FROM:<shop@shop.example>');
    assert.match(await client.say(`RCPT TO:${path}`), /^501 5\.1\.3 /, JSON.stringify(path));
  }
});

test('S08: an address is taken without its angle brackets, or with blanks inside them', async () => {
  for (const path of [
    'shop@shop.example',
    ' shop@shop.example SIZE=100',
    '< shop@shop.example >',
    '"a b"@b.example',
  ]) {
    await using server = await startTestSubmission();
    const reply = await server.submit(aMessage(), { mail: `MAIL FROM:${path}` });
    assert.match(reply, /^250 /, path);
  }
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:shop@shop.example');

  assert.match(await client.say('RCPT TO:ada@example.com'), /^250 /);
  assert.match(await client.say('RCPT TO: < bob@example.com >'), /^250 /);
});

test('an address without brackets is nothing to a client that did not log in', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.say('MAIL FROM:shop@shop.example'), /^530 /);
});

test('S08: a sender may have a local part of more than 64 bytes, a recipient may not', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  const long = `SRS0=abcd=XY=customer.example=${'jane'.repeat(20)}@shop.example`;

  assert.match(await client.say(`MAIL FROM:<${long}>`), /^250 /);
  assert.match(await client.say(`RCPT TO:<${long}>`), /^501 5\.1\.3 /);
});

test('a refused address is told what to write', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.equal(
    await client.say('MAIL FROM:Shop <a@b.example>'),
    '501 5.1.7 Bad sender address: write MAIL FROM:<local@domain>',
  );
});

test('every reply is ASCII', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example>');

  for (const command of [
    'RCPT TO:<noreply@example.net>',
    'RCPT TO:<\xe9@example.net>',
    'EHLO caf\xc3\xa9',
    'N\xc3\xb6OP',
  ])
    assert.match(await client.say(command), /^[\r\n -~]*$/, command);
});

test('S08: recipients that no receiver of ours has are refused at RCPT: literals, one label, none', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example>');

  for (const address of ['a@[127.0.0.1]', 'a@localhost', 'a@1.2.3.4', '', 'postmaster', 'a@b_c.example'])
    assert.match(await client.say(`RCPT TO:<${address}>`), /^501 5\.1\.3 /, address);
});

test('S08: a line of more than 1,000 bytes is 500 5.5.6', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.match(await client.say(`MAIL FROM:<a@b.example> ${'X'.repeat(1_000)}`), /^500 5\.5\.6/);
  assert.match(await client.say('NOOP'), /^250 /);
});

test('S08: quoted local parts are taken verbatim, a source route is dropped', async () => {
  await using server = await startTestSubmission();
  const to = ['"a b"@example.com', '"a\\"@x>y"@example.com', '@relay.example,@other.example:ada@example.com'];

  assert.match(await server.submit(aMessage({ To: 'somebody@example.com' }), { to }), /^250 /);

  const sends = server.faked.posted[0]?.sends.map((send) => send.to);
  assert.deepEqual(sends, ['"a b"@example.com', '"a\\"@x>y"@example.com', 'ada@example.com']);
});

test('S09: an address that is not ASCII needs SMTPUTF8, its domain becomes A-labels', async () => {
  await using server = await startTestSubmission();
  const address = Buffer.from('rené@bücher.example').toString('latin1');
  await using client = await server.client();
  assert.match(await client.say(`MAIL FROM:<${address}>`), /^553 5\.6\.7 /);
  await client.say('MAIL FROM:<shop@shop.example>');
  assert.match(await client.say(`RCPT TO:<${address}>`), /^553 5\.6\.7 /);

  const mail = 'MAIL FROM:<shop@shop.example> SMTPUTF8';
  const reply = await server.submit(aMessage(), { mail, to: [address, 'ada@XN--BCHER-KVA.example'] });

  assert.match(reply, /^250 /);
  const sends = server.faked.posted[0]?.sends.map((send) => send.to);
  assert.deepEqual(sends, ['rené@xn--bcher-kva.example', 'ada@xn--bcher-kva.example']);
});

test('S09: an override of the reading direction, or an invisible character, is no address', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example> SMTPUTF8');

  for (const trick of ['a\u202eb@example.com', 'a\u200bb@example.com', 'a@exam\u00adple.com\u2028'])
    assert.match(
      await client.say(`RCPT TO:<${Buffer.from(trick).toString('latin1')}>`),
      /^501 5\.1\.3 /,
      JSON.stringify(trick),
    );
});

test('S13: a declared size over the limit is refused at MAIL, a declaration that is none too', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.match(await client.say('MAIL FROM:<a@b.example> SIZE=31457281'), /^552 5\.3\.4 /);
  assert.match(await client.say('MAIL FROM:<a@b.example> SIZE=-1'), /^501 5\.5\.4 /);
  assert.match(await client.say('MAIL FROM:<a@b.example> SIZE=1 SIZE=2'), /^501 5\.5\.4 /);
  assert.match(await client.say('MAIL FROM:<a@b.example> SIZE=31457280'), /^250 /);
});

test('S14: the recipients beyond a hundred are 452 4.5.3, one that is repeated counts once', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example>');
  for (let index = 0; index < 100; index += 1)
    assert.match(await client.say(`RCPT TO:<to${index}@example.com>`), /^250 /);

  assert.match(await client.say('RCPT TO:<TO7@example.com>'), /^250 /);
  assert.match(await client.say('RCPT TO:<another@example.com>'), /^452 4\.5\.3 /);
  await client.say('DATA');
  client.write(aMessage());
  assert.match(await client.say('.'), /^250 /);
  assert.equal(server.faked.posted[0]?.sends.length, 100);
});

test('role addresses are refused as the API refuses them', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example>');

  for (const name of ['postmaster', 'Abuse', 'no-reply', '"noreply"'])
    assert.match(await client.say(`RCPT TO:<${name}@example.com>`), /^550 5\.7\.1 Role addresses/);
});

test('parameters that were not offered are 555 5.5.4, or 501 where they are malformed', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.match(await client.say('MAIL FROM:<a@b.example> RET=FULL'), /^555 5\.5\.4 /);
  assert.match(await client.say('MAIL FROM:<a@b.example> BODY=BINARYMIME'), /^501 5\.5\.4 /);
  assert.match(await client.say('MAIL FROM:<a@b.example> SMTPUTF8=yes'), /^501 5\.5\.4 /);
  await client.say('MAIL FROM:<a@b.example> BODY=8BITMIME SMTPUTF8 AUTH=<>');
  assert.match(await client.say('RCPT TO:<ada@example.com> NOTIFY=NEVER'), /^555 5\.5\.4 /);
});

test('the null sender may send: bounces go to our own return path in any case', async () => {
  await using server = await startTestSubmission();

  assert.match(await server.submit(aMessage(), { mail: 'MAIL FROM:<>' }), /^250 /);
});
