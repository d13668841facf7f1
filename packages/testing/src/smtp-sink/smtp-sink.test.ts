import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type SmtpSinkOptions, startSmtpSink } from './index.ts';

test('an accepted recipient is in the ledger file before the 250 can be read', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sink-'));
  t.after(() => rm(folder, { recursive: true }));
  const ledger = join(folder, 'ledger.jsonl');
  const { sink, say } = await setUp(t, { ledger });

  await say(
    `${envelope('ok@example.org')}X-Probe-Id: p1\r\nMessage-ID: <m1@x>\r\n\r\nhello\r\n.\r\n`,
    '250 2.0.0',
  );

  const line: unknown = JSON.parse(await readFile(ledger, 'utf8'));
  assert.partialDeepStrictEqual(line, {
    transaction: 1,
    probeId: 'p1',
    messageId: '<m1@x>',
    rcpt: 'ok@example.org',
  });
  assert.equal(sink.counts.accepted, 1);
});

test('dots are unstuffed and nothing but CRLF, dot, CRLF ends a message, however it is cut into packets', async (t) => {
  const { sink, say, write } = await setUp(t, { keepMessages: true });
  const message = 'Subject: x\r\n\r\n.dot\r\n..two\r\n\n.\n.\r\n. \r\nend\r\n';
  const stuffed = message.replaceAll(/(^|\r\n)\./g, '$1..');

  await say(envelope('ok@example.org'), '354');
  for (const byte of `${stuffed}.\r`) await write(byte);
  await say('\n', '250 2.0.0');

  assert.equal(sink.messages[0]?.toString('latin1'), message);
  assert.equal(sink.entries[0]?.sha256, createHash('sha256').update(message, 'latin1').digest('hex'));
});

test('commands that are pipelined behind a message are answered in order', async (t) => {
  const { say, sink } = await setUp(t, { fast: true });
  const one = `MAIL FROM:<a@b>\r\nRCPT TO:<ok@c>\r\nDATA\r\n`;

  await say(`${one}a\r\n.\r\n${one}b\r\n.\r\nQUIT\r\n`, '221');

  assert.deepEqual([sink.counts.accepted, sink.commands.get('DATA')], [2, 2]);
});

for (const [name, reply] of [
  ['451-rcpt', '451 4.7.1'],
  ['550-rcpt', '550 5.1.1'],
  ['greylist-60', '451 4.7.1'],
  ['garbage-rcpt', 'lorem ipsum'],
] as const) {
  test(`a recipient named ${name} is answered with ${reply} at RCPT`, async (t) => {
    const { say, sink } = await setUp(t);

    await say(`MAIL FROM:<a@b>\r\nRCPT TO:<${name}+7@c>\r\n`, reply);

    assert.equal(sink.entries.length, 0);
  });
}

for (const [name, isAccepted] of [
  ['drop-after-dot', true],
  ['drop-at-dot', false],
  ['drop-after-354', false],
  ['drop-in-data', false],
] as const) {
  test(`a recipient named ${name} closes the connection, ${isAccepted ? 'having' : 'not having'} accepted`, async (t) => {
    const { socket, sink } = await setUp(t);

    socket.write(`${envelope(`${name}@c`)}hello\r\n.\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));

    assert.equal(sink.entries.length, isAccepted ? 1 : 0);
  });
}

test('a greylisted recipient is accepted when the same sender comes back', async (t) => {
  const { say } = await setUp(t);

  await say('MAIL FROM:<a@b>\r\nRCPT TO:<greylist@c>\r\n', '451 4.7.1');
  await say('RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<greylist@c>\r\n', '250 2.1.5');
});

test('mixed recipients of one message get 250, 451 and 550 in turn', async (t) => {
  const { say } = await setUp(t);

  const rcpt = 'RCPT TO:<mixed@c>\r\n';
  const text = await say(`MAIL FROM:<a@b>\r\n${rcpt}${rcpt}${rcpt}`, '550 5.1.1');

  assert.match(text, /250 2\.1\.5.*\r\n451 4\.7\.1.*\r\n550 5\.1\.1/);
});

test('a server that greylists refuses everybody once, and one that defers a share refuses the same ones again', async (t) => {
  const { say, sink } = await setUp(t, { behaviour: { greylistMs: 0 } });
  await say('MAIL FROM:<a@b>\r\nRCPT TO:<one@c>\r\n', '451 4.7.1');
  await say('RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<one@c>\r\n', '250 2.1.5');

  sink.behave({ deferPercent: 30 });
  const names = Array.from({ length: 200 }, (_, at) => `RCPT TO:<n${at}@c>\r\n`);
  const text = await say(`RSET\r\nMAIL FROM:<a@b>\r\n${names.join('')}NOOP\r\n`, '250 2.0.0 ok');

  const refused = text.split('\r\n').filter((line) => line.startsWith('451 4.3.2')).length;
  assert.ok(refused > 30 && refused < 90, `${refused} of 200`);
});

test('whoever asks is told of each connection and to which an accepted recipient belongs', async (t) => {
  const changes: string[] = [];
  const { say, sink, socket } = await setUp(t, {
    onConnection: ({ kind, connection, ip }) => changes.push(`${kind} ${connection} ${ip}`),
  });

  await say(`${envelope('ok@c')}x\r\n.\r\n`, '250 2.0.0');
  await say('QUIT\r\n', '221');
  await new Promise((resolve) => socket.once('close', resolve));
  for (let tries = 0; changes.length < 2 && tries < 200; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));

  assert.deepEqual(changes, ['open 1 127.0.0.1', 'close 1 127.0.0.1']);
  assert.equal(sink.entries[0]?.connection, 1);
});

function envelope(rcpt: string): string {
  return `EHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<${rcpt}>\r\nDATA\r\n`;
}

async function setUp(t: { after: (done: () => unknown) => void }, options: SmtpSinkOptions = {}) {
  const sink = await startSmtpSink(options);
  t.after(() => sink[Symbol.asyncDispose]());
  const socket = connect(sink.port, sink.host);
  socket.setNoDelay(true);
  const write = (text: string) => new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return { sink, socket, write, say: createSay(socket) };
}

/** Writes and resolves with all that came once a line that starts with `until` is there. */
function createSay(socket: Socket): (text: string, until: string) => Promise<string> {
  let seen = '';
  let check = () => {};
  socket.on('data', (chunk) => {
    seen += chunk.toString();
    check();
  });
  return (text, until) =>
    new Promise((resolve) => {
      check = () => {
        if (!`\n${seen}`.includes(`\n${until}`)) return;
        resolve(seen);
        seen = '';
      };
      socket.write(text);
    });
}
