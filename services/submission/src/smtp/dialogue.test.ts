import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientCaps } from '@posthorn/runtime';
import { aMessage, password, startTestSubmission, userName } from '../testing/test-submission.ts';

test('EHLO states the limits: 30 MiB, 100 recipients; no CHUNKING, no DSN', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();

  const features = (await client.say('EHLO client.example')).split('\r\n').map((line) => line.slice(4));

  for (const feature of ['SIZE 31457280', 'LIMITS RCPTMAX=100', '8BITMIME', 'SMTPUTF8', 'PIPELINING'])
    assert.ok(features.includes(feature), feature);
  assert.ok(features.includes('ENHANCEDSTATUSCODES'));
  for (const feature of features) assert.doesNotMatch(feature, /CHUNKING|BINARYMIME|DSN|XCLIENT|REQUIRETLS/);
});

test('S03: a client that talks before the greeting is ended with 421', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect({ waitsForGreeting: false });
  client.write('EHLO client.example\r\nMAIL FROM:<shop@shop.example>\r\n');

  assert.match(await client.rest(), /^421 4\.7\.0 [^\n]*You talk too soon\r\n$/);
});

test('S03: a bare LF ends a command as CR LF does, and nothing more', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  client.write('NOOP\nRSET\r\n');

  assert.match(await client.read(), /^250 2\.0\.0 OK/);
  assert.match(await client.read(), /^250 2\.0\.0 Flushed/);
});

test('S03: whole transactions may be pipelined, each gets its own replies', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  const one = ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'].join('\r\n');
  const count = 50;

  for (let index = 0; index < count; index += 1)
    client.write(`${one}\r\n${aMessage({ Subject: `Nr ${index}` })}.\r\n`);
  const codes: string[] = [];
  for (let index = 0; index < 4 * count; index += 1) codes.push((await client.read()).slice(0, 3));

  assert.deepEqual(codes, Array.from({ length: count }, () => ['250', '250', '354', '250']).flat());
  assert.equal(server.faked.posted.length, count);
  assert.ok(server.faked.posted.every(({ raw }, index) => raw.includes(`Subject: Nr ${index}\r\n`)));
});

test('S04: what is sent in plain text behind STARTTLS is thrown away', async () => {
  await using server = await startTestSubmission();
  await using client = await server.connect();
  await client.say('EHLO client.example');
  client.write('STARTTLS\r\nEHLO evil.example\r\nRSET\r\n');
  assert.match(await client.read(), /^220 /);
  await client.upgrade();

  assert.match(await client.say('MAIL FROM:<shop@shop.example>'), /^503 5\.5\.1 Send HELO\/EHLO first/);
  assert.match(await client.say('NOOP'), /^250 /);
});

test('S16: VRFY tells nothing, EXPN and ETRN are refused, and after twenty errors a client is ended', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.match(await client.say('VRFY ada'), /^252 /);
  assert.match(await client.say('EXPN staff'), /^502 5\.5\.1/);
  for (let index = 0; index < 18; index += 1) assert.match(await client.say('ETRN x'), /^502 /);
  assert.match(await client.say('ETRN x'), /^502 /);
  assert.match(await client.rest(), /^421 4\.7\.0 Too many errors/);
});

test('S16: unknown commands end a client too, and HTTP at once', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  for (let index = 0; index < 9; index += 1) assert.match(await client.say('HACK'), /^500 5\.5\.2/);
  assert.match(await client.say('HACK'), /^421 4\.7\.0/);
  await using browser = await server.connect();

  assert.match(await browser.say('GET / HTTP/1.1'), /^421 4\.7\.0 HTTP requests not allowed/);
  assert.equal(await browser.rest(), '');
});

test('S17: a client has so many connections and no more, and another is not hindered', async () => {
  await using server = await startTestSubmission({ caps: createClientCaps({ max: 10, perClientMax: 2 }) });
  await using first = await server.connect();
  await using _second = await server.connect();
  await using third = await server.connect();

  assert.match(third.greeting, /^421 4\.7\.0 Too many connections from your address/);
  await using other = await server.connect({ localAddress: '127.0.0.2' });
  assert.match(other.greeting, /^220 /);
  await first.say('QUIT');
  assert.equal(await first.rest(), '');
});

test('S18: XCLIENT, XFORWARD and PROXY are not known to strangers', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();

  assert.match(await client.say('XCLIENT ADDR=192.0.2.1'), /^500 5\.5\.2/);
  assert.match(await client.say('XFORWARD ADDR=192.0.2.1'), /^500 5\.5\.2/);
  await using other = await server.connect();
  assert.match(await other.say('PROXY TCP4 192.0.2.1 192.0.2.2 1 2'), /^500 5\.5\.2/);
});

test('S22: BDAT is refused with 502 5.5.1, empty, after DATA or not', async () => {
  await using server = await startTestSubmission();
  await using client = await server.client();
  await client.say('MAIL FROM:<shop@shop.example>');
  await client.say('RCPT TO:<ada@example.com>');

  assert.match(await client.say('BDAT 0 LAST'), /^502 5\.5\.1/);
  assert.match(await client.say('BDAT 5'), /^502 5\.5\.1/);
  await client.say('DATA');
  client.write(aMessage());
  assert.match(await client.say('.'), /^250 /);
  assert.match(await client.say('BDAT 0 LAST'), /^502 5\.5\.1/);
});

test('commands out of order are 503 5.5.1, and one before EHLO too', async () => {
  await using server = await startTestSubmission();
  await using early = await server.connect();
  assert.match(await early.login(userName, password), /^503 5\.5\.1/);
  await using client = await server.client();

  assert.match(await client.say('RCPT TO:<ada@example.com>'), /^503 5\.5\.1/);
  assert.match(await client.say('DATA'), /^503 5\.5\.1/);
  assert.match(await client.login(userName, password), /^503 5\.5\.1/);
  await client.say('MAIL FROM:<shop@shop.example>');
  assert.match(await client.say('MAIL FROM:<shop@shop.example>'), /^503 5\.5\.1/);
});

test('a server that stops says 421 to idle clients, and answers a message whose dot has come', async () => {
  const posting = Promise.withResolvers<void>();
  const server = await startTestSubmission();
  server.faked.beforePost = () => posting.promise;
  await using idle = await server.client();
  await using busy = await server.client();
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await busy.say(line);
  busy.write(aMessage());
  const reply = busy.say('.');
  await server.faked.isPosting.promise;

  const stopped = server[Symbol.asyncDispose]();
  const said = await idle.rest();
  posting.resolve();

  assert.match(said, /^421 4\.3\.2 Closing/);
  assert.match(await reply, /^250 2\.0\.0 Ok/);
  assert.match(await busy.say('NOOP'), /^421 4\.3\.2/);
  await stopped;
});
