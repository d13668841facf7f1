import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountId, aToken, password, startTestSubmission, userName } from '../testing/test-submission.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('S05: without TLS AUTH is not offered, and refused with 538 5.7.11 where it is tried', async () => {
  await using server = await startTestSubmission({ allowPlainLogin: false });
  await using client = await server.connect();

  const offered = await client.say('EHLO client.example');
  const tried = await client.login(userName, password);

  assert.doesNotMatch(offered, /AUTH/);
  assert.match(offered, /STARTTLS/);
  assert.match(tried, /^538 5\.7\.11 Encryption required/);
});

test('S05: after STARTTLS, and on a port with TLS, AUTH PLAIN and LOGIN are offered and good', async () => {
  await using server = await startTestSubmission({ allowPlainLogin: false });
  await using implicit = await startTestSubmission({ allowPlainLogin: false, isImplicitTls: true });
  await using client = await server.connect();
  await client.say('EHLO client.example');
  assert.match(await client.say('STARTTLS'), /^220 /);
  await client.upgrade();

  assert.match(await client.say('EHLO client.example'), /^250-AUTH PLAIN LOGIN/m);
  assert.match(await client.login(userName, password), /^235 2\.7\.0/);
  await using other = await implicit.connect({ isTls: true });
  await other.say('EHLO client.example');
  assert.equal(await other.say('AUTH LOGIN'), '334 VXNlcm5hbWU6');
  assert.equal(await other.say(base64(userName)), '334 UGFzc3dvcmQ6');
  assert.match(await other.say(base64(password)), /^235 2\.7\.0/);
});

test('S06: an unknown name and a wrong password get the same 535 5.7.8, later with each failure', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');

  const replies = [
    await client.login(userName, 'wrong'),
    await client.login(`zzzzzzzzzz@${accountId}.smtp.posthorn`, password),
    await client.login('admin', password),
  ];

  assert.match(replies[0] ?? '', /^535 5\.7\.8 User name or password is wrong/);
  assert.equal(new Set(replies).size, 1);
  assert.deepEqual(server.faked.waitsMs, [1_000, 2_000, 3_000]);
});

test('S06: after ten failures a client is ended with 421 4.7.0, with the right password too', async () => {
  await using server = await startTestSubmission();
  server.faked.failures = 10;
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.login(userName, password), /^421 4\.7\.0 Too many failed logins/);
  assert.equal(await client.rest(), '');
});

test('S06: while MongoDB is away a token that was never seen gets 454 4.7.0, a known one goes on', async () => {
  await using server = await startTestSubmission();
  await using known = await server.client();
  await known.say('QUIT');

  server.faked.isStoreAway = true;
  await using again = await server.connect();
  await again.say('EHLO client.example');
  const reply = await again.login(userName, password);
  await using unknown = await server.connect();
  await unknown.say('EHLO client.example');

  assert.match(reply, /^235 /);
  assert.match(await unknown.login(`zzzzzzzzzz@${accountId}.smtp.posthorn`, 'x'), /^454 4\.7\.0/);
});

test('an expired token is told so, but only to who has its password', async () => {
  await using server = await startTestSubmission();
  server.faked.token = aToken({ expiresAtMs: Date.now() - 1 });
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.login(userName, 'wrong'), /^535 5\.7\.8 User name or password is wrong/);
  assert.match(await client.login(userName, password), /^535 5\.7\.8 The SMTP token has expired/);
});

test('S07: SASL tricks are refused, and nobody acts as somebody else', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');
  const plain = (text: string) => client.say(`AUTH PLAIN ${base64(text)}`);

  assert.match(await plain(`\0${userName}`), /^501 5\.5\.2/);
  assert.match(await plain(`\0${userName}\0${password}\0more`), /^501 5\.5\.2/);
  assert.match(await plain(`\0${userName}\r\nX\0${password}`), /^501 5\.5\.2/);
  assert.match(await client.say('AUTH PLAIN'), /^334/);
  assert.match(await client.say('*'), /^501 /);
  assert.match(await plain(`other@${accountId}.smtp.posthorn\0${userName}\0${password}`), /^535 5\.7\.8/);
  assert.match(await plain(`${userName}\0${userName}\0${password}`), /^235 /);
});

test('S07: an AUTH line of more than 12,288 bytes is 500 5.5.6, and the end', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.say(`AUTH PLAIN ${'A'.repeat(12_300)}`), /^500 5\.5\.6 Line too long/);
  assert.equal(await client.rest(), '');
});

test('S15: who has not logged in is not let through: 530 5.7.0', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.say('MAIL FROM:<shop@shop.example>'), /^530 5\.7\.0 Authentication required: /);
});

test('a token that was reset, deleted or has expired ends its open connections at their next message', async () => {
  await using server = await startTestSubmission();
  for (const token of [aToken({ generation: 2 }), null, aToken({ expiresAtMs: 1 })]) {
    server.faked.token = aToken();
    server.forget();
    await using client = await server.client();
    server.faked.token = token;
    server.forget();

    assert.match(
      await client.say('MAIL FROM:<shop@shop.example>'),
      /^421 4\.7\.0 The SMTP token was changed/,
    );
  }
});

test('a new password is good before its notice has come, and the old one wrong', async () => {
  await using server = await startTestSubmission();
  await using first = await server.client();
  await first.say('QUIT');
  server.faked.token = aToken({ generation: 2 }, 'another');
  await using client = await server.connect();
  await client.say('EHLO client.example');

  assert.match(await client.login(userName, 'another'), /^235 /);
  await using late = await server.connect();
  await late.say('EHLO client.example');
  assert.match(await late.login(userName, password), /^535 /);
});

test('a suspended account is told so at its login, and at MAIL where it had logged in before', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  server.faked.isSuspended = true;
  await using late = await server.connect();
  await late.say('EHLO client.example');

  assert.match(await late.login(userName, password), /^535 5\.7\.1 The account is suspended/);

  assert.match(await client.say('MAIL FROM:<shop@shop.example>'), /^550 5\.7\.1 The account is suspended/);
});
