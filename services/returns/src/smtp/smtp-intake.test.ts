import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type ReturnItem, returnBytesMax } from '@posthorn/contracts';
import { Fault, silentLogger, systemClock } from '@posthorn/runtime';
import { aStatusId, dayMs, golden, keyring, returnPathOf } from '../fixture.ts';
import { createJudgeRecipient } from './judge-recipient.ts';
import { startSmtpIntake } from './smtp-intake.ts';

const report = golden('dsn-failed').replaceAll('\n', '\r\n');

test('S20, B01: an address that we did not sign is refused at RCPT with 550 5.1.1', async () => {
  await using server = await setUp();
  const valid = returnPathOf(aStatusId());
  const guessed = [
    'post.master@bounces.shop.example',
    'postmaster+b@bounces.shop.example',
    'b+@bounces.shop.example',
    `b+${'a'.repeat(60)}@bounces.shop.example`,
    valid.replace(/.@/, (end) => (end === 'a@' ? 'b@' : 'a@')),
    valid.slice(1),
  ];

  for (const address of guessed) {
    const replies = await server.talk(['EHLO mx', 'MAIL FROM:<>', `RCPT TO:<${address}>`]);
    assert.match(replies, /^550 5\.1\.1 There is no such address here\r\n/m, address);
  }
  assert.deepEqual(server.posted, []);
});

test('B03: an address whose time is over is refused like one that never was', async () => {
  await using server = await setUp();
  const reply = (days: number) =>
    server.talk([
      'EHLO mx',
      'MAIL FROM:<>',
      `RCPT TO:<${returnPathOf(aStatusId(), 0, Date.now() - days * dayMs)}>`,
    ]);

  assert.match(await reply(250), /^550 5\.1\.1 There is no such address here\r\n/m);
  assert.match(await reply(11), /^550 5\.1\.1/m);
  assert.match(await reply(9), /^250 /m);
  assert.doesNotMatch(await reply(9), /^550/m);
});

test('a message for a signed address, in whatever case, is answered 250 once it is stored', async () => {
  await using server = await setUp();
  const statusId = aStatusId();

  const replies = await server.deliver(returnPathOf(statusId, 3).toUpperCase(), report);

  assert.match(replies, /^250 2\.0\.0 Taken\r\n/m);
  const [item] = server.posted;
  assert.equal(item?.delivery?.statusId, statusId);
  assert.equal(item.delivery.deliveryIndex, 3);
  assert.deepEqual([item.mailFrom, item.helo, item.isTruncated], ['', 'mx.example', false]);
  assert.equal(item.raw, report);
});

test('a client that repeats a message gives the same item, and one for each recipient', async () => {
  await using server = await setUp();
  const paths = [returnPathOf(aStatusId()), returnPathOf(aStatusId())];
  await server.deliver(paths, report);
  await server.deliver(paths, report);

  const ids = server.posted.map(({ id }) => id);

  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 2);
});

test('while Redis is away the answer is 451 4.3.0, and nothing is taken', async () => {
  await using server = await setUp({ isAway: true });

  const replies = await server.deliver(returnPathOf(aStatusId()), report);

  assert.match(replies, /^451 4\.3\.0 Cannot take mail now, try again later\r\n/m);
});

test('a bug while storing is a 451 too: nothing is answered 250 that is not on disk', async () => {
  await using server = await setUp({ isBroken: true });

  assert.match(await server.deliver(returnPathOf(aStatusId()), report), /^451 4\.3\.0/m);
});

test('of a large message the front is kept, past SIZE it is refused', async () => {
  await using server = await setUp();
  const path = returnPathOf(aStatusId());
  const line = `${'x'.repeat(98)}\r\n`;

  assert.match(await server.deliver(path, report + line.repeat(3_000)), /^250 2\.0\.0 Taken/m);
  assert.match(await server.deliver(path, report + line.repeat(12_000)), /^552 5\.3\.4/m);

  const [item] = server.posted;
  assert.equal(server.posted.length, 1);
  assert.equal(item?.raw.length, returnBytesMax);
  assert.equal(item.isTruncated, true);
});

test('the complaint address is taken, more recipients than allowed wait', async () => {
  await using server = await setUp();

  assert.match(await server.deliver('FBL@shop.example', report), /^250 2\.0\.0 Taken/m);
  assert.equal(server.posted[0]?.delivery, undefined);
  const many = Array.from({ length: 4 }, () => `RCPT TO:<${returnPathOf(aStatusId())}>`);
  assert.match(await server.talk(['EHLO mx', 'MAIL FROM:<>', ...many]), /^452 4\.5\.3/m);
});

test('mail for the postmaster is taken at every host and without one, for a person to read', async () => {
  await using server = await setUp();
  const names = ['postmaster@bounces.shop.example', 'PostMaster@other.example', 'Postmaster'];

  for (const name of names) assert.match(await server.deliver(name, report), /^250 2\.0\.0 Taken/m, name);

  assert.deepEqual(
    server.posted.map(({ isForPostmaster, delivery }) => [isForPostmaster, delivery]),
    names.map(() => [true, undefined]),
  );
});

test('S17: a client with too many connections is told so, and another one is served', async () => {
  await using server = await setUp({ clientConnectionsMax: 2 });
  const open = [await server.connect(), await server.connect()];

  const refused = await server.connect();
  const other = await server.connect('127.0.0.2');

  assert.match(refused.greeting, /^421 4\.7\.0 Too many connections/);
  assert.match(other.greeting, /^220 /);
  await open.pop()?.quit();
  assert.match((await server.connect()).greeting, /^220 /);
});

test('a client that leaves in the middle of a message leaves nothing behind', async () => {
  await using server = await setUp();
  const commands = ['EHLO mx', 'MAIL FROM:<>', `RCPT TO:<${returnPathOf(aStatusId())}>`, 'DATA'];

  await server.talk([...commands, 'Subject: half'], { quits: false });

  assert.deepEqual(server.posted, []);
});

test('F34: a client that trickles bytes is ended with 421 before EHLO, after it, and in a message', async () => {
  const before = [
    [],
    ['EHLO mx.example'],
    ['EHLO mx.example', 'MAIL FROM:<>', `RCPT TO:<${returnPathOf(aStatusId())}>`, 'DATA'],
  ];
  for (const lines of before) {
    await using server = await setUp({
      pace: { idleTimeoutMs: 1_000, bytesPerSecondMin: 500, windowMs: 500 },
    });

    const said = await server.trickle(lines);

    assert.match(said, /^421 4\.4\.2 (?:Idle for too long|Too slow)/m);
    assert.deepEqual(server.posted, []);
  }
});

test('F34: a client that never sends a message is ended with 421, however busy it is', async () => {
  await using server = await setUp({ pace: { startTimeoutMs: 500 } });

  const said = await server.trickle(['EHLO mx.example', 'MAIL FROM:<>'], 'NOOP\r\n');

  assert.match(said, /^421 4\.4\.2 Send a message sooner/m);
});

test('S17: a client that sends many commands and no message is ended with 421', async () => {
  await using server = await setUp();

  const said = await server.talk(['EHLO mx', ...Array.from({ length: 150 }, () => 'NOOP')]);

  assert.match(said, /^421 4\.7\.0 Too many commands/m);
  assert.equal(said.match(/^250 /gm)?.length, 100);
});

test('S20: a client that names many unknown recipients is ended with 421', async () => {
  await using server = await setUp();

  const said = await server.talk([
    'EHLO mx',
    'MAIL FROM:<>',
    ...Array.from({ length: 40 }, (_, at) => `RCPT TO:<guess${at}@bounces.shop.example>`),
  ]);

  assert.equal(said.match(/^550 5\.1\.1/gm)?.length, 20);
  assert.match(said, /^421 4\.7\.0 Too many unknown recipients/m);
});

test('S17: a client that goes on sending messages may go on', async () => {
  await using server = await setUp();
  const message = [
    'MAIL FROM:<>',
    `RCPT TO:<${returnPathOf(aStatusId())}>`,
    ...['DATA', 'Subject: x', '', 'x', '.'],
  ];

  const said = await server.talk(['EHLO mx', ...Array.from({ length: 40 }, () => message).flat()]);

  assert.equal(said.match(/^250 2\.0\.0 Taken/gm)?.length, 40);
});

async function setUp({ isAway = false, isBroken = false, clientConnectionsMax = 10, pace = {} } = {}) {
  const posted: ReturnItem[] = [];
  const intake = await startSmtpIntake({
    ...{ host: '127.0.0.1', port: 0, name: 'returns.shop.example', log: silentLogger, clock: systemClock },
    ...{
      messageBytesMax: 1_000_000,
      connectionsMax: 10,
      recipientsMax: 3,
      clientConnectionsMax,
      pace: {
        ...{ startTimeoutMs: 60_000, startAdvice: 'Send a message sooner', idleTimeoutMs: 5_000 },
        ...{ bytesPerSecondMin: 0, windowMs: 30_000, messageBytesHardMax: 2_000_000, ...pace },
      },
    },
    judge: createJudgeRecipient({ keyring, complaintAddresses: ['fbl@shop.example'], returnPathDaysMax: 10 }),
    postAll: async (items) => {
      if (isAway) throw new Fault('unavailable', 'away');
      if (isBroken) throw new TypeError('a bug');
      posted.push(...items);
    },
  });

  /** Sends all lines at once behind the greeting, as pipelining allows, and gives what the server said until it closed. */
  async function talk(lines: readonly string[], { quits = true } = {}): Promise<string> {
    const socket = createConnection(intake.port, '127.0.0.1');
    socket.once('data', () => {
      socket.write(`${[...lines, ...(quits ? ['QUIT'] : [])].join('\r\n')}\r\n`);
      if (!quits) socket.end();
    });
    return text(socket);
  }
  const deliver = (to: string | readonly string[], message: string) =>
    talk([
      'EHLO mx.example',
      'MAIL FROM:<>',
      ...[to].flat().map((address) => `RCPT TO:<${address}>`),
      'DATA',
      `${message.replaceAll(/^\./gm, '..').replace(/\r\n$/, '')}\r\n.`,
    ]);
  /** Sends lines, then the same bytes every 50 ms. Returns what the server said until it closed. */
  async function trickle(lines: readonly string[], bytes = 'x'): Promise<string> {
    const socket = createConnection(intake.port, '127.0.0.1');
    socket.on('error', () => {});
    let timer: NodeJS.Timeout | undefined;
    socket.once('data', () => {
      socket.write(lines.map((line) => `${line}\r\n`).join(''));
      timer = setInterval(() => socket.write(bytes), 50);
    });
    return text(socket).finally(() => clearInterval(timer));
  }
  const sockets: Socket[] = [];

  async function connect(localAddress = '127.0.0.1') {
    const socket = createConnection({ port: intake.port, host: '127.0.0.1', localAddress });
    sockets.push(socket);
    const [greeting] = await once(socket, 'data');
    const quit = async () => {
      socket.end('QUIT\r\n');
      await once(socket.resume(), 'close');
    };
    return { greeting: String(greeting), quit };
  }
  return {
    ...{ posted, talk, trickle, deliver, connect },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await intake[Symbol.asyncDispose]();
    },
  };
}
