import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { type SinkServerBehaviour, type SmtpSinkOptions, startSmtpSink } from '@posthorn/testing';
import type { Outcome } from './outcome.ts';
import type { Route } from './router.ts';
import type { MayEnd, OutboundMessage } from './smtp/outbound-message.ts';
import { defaultSmtpTimeouts, type SmtpTimeouts } from './smtp/smtp-timeouts.ts';
import { createSmtpPool } from './smtp-pool.ts';

test('the message arrives byte for byte, dots at line starts and all, so its DKIM signature holds', async (t) => {
  const { sink, send } = await setUp(t, { sink: { keepMessages: true } });
  const rendition = 'Subject: x\r\n\r\n.\r\n..two\r\n.\r\n.one\r\n\u00e9 in latin1\r\n\r\n\r\n';

  const outcomes = await send(['ok@example.org'], { rendition });

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.messages[0]?.toString('latin1'), rendition);
  assert.equal(sink.entries[0]?.sha256, createHash('sha256').update(rendition, 'latin1').digest('hex'));
});

test('a message that needs no change arrives byte for byte too, and ends where it ends', async (t) => {
  const { sink, send } = await setUp(t, { sink: { keepMessages: true } });
  const rendition = `Subject: x\r\n\r\n${'a.b \u00e9.\r\n'.repeat(1_000)}\r\n`;

  await send(['ok@example.org'], { rendition });
  await send(['ok@example.org'], { rendition: 'Subject: next\r\n\r\n' });

  assert.equal(sink.messages[0]?.toString('latin1'), rendition);
  assert.equal(sink.messages[1]?.toString('latin1'), 'Subject: next\r\n\r\n');
});

test('nothing in a message can end it: what looks like a final dot behind a bare LF or CR is stuffed', async (t) => {
  const { sink, send } = await setUp(t, { sink: { keepMessages: true } });

  await send(['ok@example.org'], {
    rendition: 'Subject: x\r\n\r\na\n.\nb\r.\rc\n.\r\nMAIL FROM:<evil@x>\r\n',
  });

  assert.equal(sink.counts.accepted, 1);
  assert.equal(
    sink.messages[0]?.toString('latin1'),
    'Subject: x\r\n\r\na\r\n.\r\nb\r\n.\r\nc\r\n.\r\nMAIL FROM:<evil@x>\r\n',
  );
});

test('a message of many pieces arrives whole, and one without a last line end gets only that', async (t) => {
  const { sink, send } = await setUp(t, { sink: { keepMessages: true } });
  const rendition = `Subject: x\r\n\r\n${'.0123456789abcdef\r\n'.repeat(30_000)}end`;

  await send(['ok@example.org'], { rendition });

  assert.equal(sink.messages[0]?.toString('latin1'), `${rendition}\r\n`);
});

test('one connection carries message after message, up to its limit', async (t) => {
  const { sink, send } = await setUp(t, { messagesMax: 3 });

  for (let count = 0; count < 7; count += 1) await send(['ok@example.org']);

  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [7, 3]);
});

test('no more connections are opened than the route may have, and what waits is sent in its turn', async (t) => {
  const { sink, send } = await setUp(t, { connectionsMax: 2 });

  await Promise.all(Array.from({ length: 10 }, () => send(['slow-dot-10@example.org'])));

  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [10, 2]);
});

test('a kept connection that the peer has left is replaced, and the message is sent once', async (t) => {
  const { sink, send } = await setUp(t);
  await send(['ok@example.org']);

  sink.dropConnections();
  const outcomes = await send(['ok@example.org']);

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [2, 2]);
});

test('a peer that ends kept connections with 421 gets the message over a new one', async (t) => {
  const { sink, send } = await setUp(t, { behaviour: { messagesMax: 1 } });

  await send(['ok@example.org']);
  const outcomes = await send(['ok@example.org']);

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.counts.connections, 2);
});

test('F17 a host that refuses the connection is passed over for the next, and with none left the mail waits', async (t) => {
  const { sink, send, route } = await setUp(t);
  const closed = { host: '127.0.0.1', port: await closedPort() };

  const first = await send(['ok@example.org'], { route: { ...route, hosts: [closed, ...route.hosts] } });
  const none = await send(['ok@example.org'], { route: { ...route, hosts: [closed] } });

  assert.equal(first['ok@example.org']?.kind, 'delivered');
  assert.partialDeepStrictEqual(none['ok@example.org'], { kind: 'deferred', scope: 'site', status: '4.4.1' });
  assert.equal(sink.counts.accepted, 1);
});

test('F18 a 421 banner defers every recipient and blames the site', async (t) => {
  const { send } = await setUp(t, { behaviour: { connect: '421' } });

  const outcomes = await send(['ok@example.org', 'ok+2@example.org']);

  for (const outcome of Object.values(outcomes)) {
    assert.partialDeepStrictEqual(outcome, { kind: 'deferred', scope: 'site', status: '4.3.2' });
  }
});

test('F18 a 421 in mid-session defers what is left of the session, and nothing arrives', async (t) => {
  const { send, sink } = await setUp(t);

  const outcomes = await send(['ok@example.org', '421-rcpt@example.org', 'ok+3@example.org']);

  assert.deepEqual(
    Object.values(outcomes).map(({ kind }) => kind),
    ['deferred', 'deferred', 'deferred'],
  );
  assert.equal(sink.counts.accepted, 0);
});

test('F20 every recipient of one transaction gets its own outcome, and the accepted one the message', async (t) => {
  const { send, sink } = await setUp(t);

  const outcomes = await send(['ok@example.org', '451-rcpt@example.org', '550-rcpt@example.org']);

  assert.deepEqual(
    Object.values(outcomes).map(({ kind }) => kind),
    ['delivered', 'deferred', 'bounced'],
  );
  assert.deepEqual(
    sink.entries.map(({ rcpt }) => rcpt),
    ['ok@example.org'],
  );
});

for (const [recipient, category] of [
  ['550-rcpt@example.org', 'UNKNOWN_USER'],
  ['554-data@example.org', 'POLICY'],
  ['554-dot@example.org', 'POLICY'],
  ['552-size@example.org', 'POLICY'],
] as const) {
  test(`F21 a permanent refusal of ${recipient} bounces, and the connection goes on`, async (t) => {
    const { send, sink } = await setUp(t);

    const refused = await send([recipient]);
    const next = await send(['ok@example.org']);

    assert.partialDeepStrictEqual(refused[recipient], { kind: 'bounced', category });
    assert.equal(next['ok@example.org']?.kind, 'delivered');
    assert.equal(sink.counts.connections, 1);
  });
}

test('F21 a refusal of MAIL bounces every recipient, and the next message goes over the same connection', async (t) => {
  const { send, sink } = await setUp(t, { behaviour: { mail: '550 5.7.1 not you' } });

  const refused = await send(['ok@example.org']);
  sink.behave({});
  await send(['ok@example.org']);

  assert.partialDeepStrictEqual(refused['ok@example.org'], { kind: 'bounced', category: 'POLICY' });
  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [1, 1]);
});

test('F21 a MAIL put off for now defers, although each pipelined RCPT behind it is refused for good', async (t) => {
  const { send } = await setUp(t, { behaviour: { mail: '451 4.7.1 later' } });

  const outcomes = await send(['ok@example.org']);

  assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'deferred', status: '4.7.1' });
});

test('F21 without PIPELINING a refused transaction is reset, so the next message is not a nested one', async (t) => {
  const { send, sink } = await setUp(t, { behaviour: { pipelining: false } });

  await send(['550-rcpt@example.org']);
  const next = await send(['ok@example.org']);

  assert.equal(next['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.counts.connections, 1);
});

for (const recipient of ['777-rcpt@example.org', 'garbage-rcpt@example.org', 'garbage@example.org']) {
  test(`F22 a reply that is none defers ${recipient}`, async (t) => {
    const { send } = await setUp(t);

    const outcomes = await send([recipient]);

    assert.equal(outcomes[recipient]?.kind, 'deferred');
  });
}

test('F22 a banner that is none, or no banner at all, defers', async (t) => {
  for (const connect of ['garbage', 'silent', 'drop'] as const) {
    const { send } = await setUp(t, { behaviour: { connect }, timeouts: { bannerMs: 50 } });

    const outcomes = await send(['ok@example.org']);

    assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'deferred', scope: 'site' });
  }
});

test('F23 a peer that answers too slowly is left before the final dot, whichever step it is slow at', async (t) => {
  for (const recipient of ['no-rcpt-reply@example.org', 'no-354@example.org']) {
    const { send, sink } = await setUp(t, { timeouts: { commandMs: 30, dataMs: 30 } });

    const outcomes = await send([recipient]);

    assert.partialDeepStrictEqual(outcomes[recipient], { kind: 'deferred', category: 'TIMEOUT' });
    assert.equal(sink.counts.accepted, 0);
  }
});

for (const recipient of [
  'drop-after-354@example.org',
  'drop-in-data@example.org',
  'drop-in-rcpt@example.org',
]) {
  test(`F24 a connection that breaks before the final dot defers ${recipient}, and no dot is sent`, async (t) => {
    const { send, sink } = await setUp(t, {
      mayEnd: async () => {
        await until(() => sink.counts.openConnections === 0);
        return 'go';
      },
    });

    const outcomes = await send([recipient]);

    assert.partialDeepStrictEqual(outcomes[recipient], { kind: 'deferred', scope: 'site' });
    assert.equal(sink.counts.accepted, 0);
  });
}

test('F25 a connection that closes after the final dot without a reply is ambiguous', async (t) => {
  const { send, sink } = await setUp(t);

  const outcomes = await send(['drop-after-dot@example.org']);

  assert.equal(outcomes['drop-after-dot@example.org']?.kind, 'ambiguous');
  assert.equal(sink.counts.accepted, 1);
});

test('F26 the reply to the final dot is waited for longer than any other step may take', async (t) => {
  const { send, sink } = await setUp(t, {
    timeouts: { commandMs: 40, dataMs: 40, blockMs: 40, sessionMs: 150, finalDotMs: 5_000 },
  });

  const outcomes = await send(['slow-dot-400@example.org']);

  assert.equal(outcomes['slow-dot-400@example.org']?.kind, 'delivered');
  assert.equal(sink.counts.accepted, 1);
});

test('F26 a final dot that is never answered is ambiguous when its time is over', async (t) => {
  const { send } = await setUp(t, { timeouts: { finalDotMs: 50 } });

  const outcomes = await send(['no-final-reply@example.org']);

  assert.equal(outcomes['no-final-reply@example.org']?.kind, 'ambiguous');
});

for (const recipient of ['250-then-rst@example.org', '250-then-close@example.org']) {
  test(`F27 a 250 counts although the connection dies behind it: ${recipient}`, async (t) => {
    const { send } = await setUp(t);

    const outcomes = await send([recipient]);

    assert.equal(outcomes[recipient]?.kind, 'delivered');
  });
}

for (const recipient of ['split-250@example.org', 'multiline@example.org']) {
  test(`F28 a 250 is understood in pieces and in lines: ${recipient}`, async (t) => {
    const { send } = await setUp(t);

    const outcomes = await send([recipient]);

    assert.partialDeepStrictEqual(outcomes[recipient], { kind: 'delivered', status: '2.0.0' });
  });
}

test('F28 a reply without end is not read on: undecided after the dot, and what is kept is short', async (t) => {
  const { send } = await setUp(t);

  const { 'long-reply@example.org': outcome } = await send(['long-reply@example.org']);

  assert.equal(outcome?.kind, 'ambiguous');
  assert.ok(outcome.response.length <= 1_000);
});

test('F29 a 250 before the final dot is no success, and the dot is not sent', async (t) => {
  const { send, sink } = await setUp(t, { mayEnd: () => new Promise(() => undefined) });

  const outcomes = await send(['early-250@example.org']);

  assert.partialDeepStrictEqual(outcomes['early-250@example.org'], { kind: 'deferred', scope: 'site' });
  assert.equal(sink.counts.accepted, 0);
});

for (const startTls of ['refuse', 'garbage'] as const) {
  test(`F30 STARTTLS that fails (${startTls}) is followed by plain, unless TLS is required`, async (t) => {
    const { send, route } = await setUp(t, { behaviour: { startTls } });

    const opportunistic = await send(['ok@example.org'], { route: { ...route, tls: 'opportunistic' } });
    const required = await send(['ok@example.org'], { route: { ...route, tls: 'required' } });

    assert.equal(opportunistic['ok@example.org']?.kind, 'delivered');
    assert.partialDeepStrictEqual(required['ok@example.org'], { kind: 'deferred', scope: 'site' });
  });
}

test('F32 a message larger than the peer announces is refused without a byte of it being sent', async (t) => {
  const { send, sink } = await setUp(t, { behaviour: { sizeMax: 100 } });

  const outcomes = await send(['ok@example.org'], { rendition: `Subject: x\r\n\r\n${'x'.repeat(200)}\r\n` });

  assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'bounced', status: '5.3.4' });
  assert.equal(sink.counts.bodyBytes, 0);
  assert.equal(sink.commands.get('MAIL'), undefined);
});

test('F33 mail that needs SMTPUTF8 is refused where the peer lacks it, and declared where it has it', async (t) => {
  const lacking = await setUp(t, { behaviour: { smtpUtf8: false } });
  const having = await setUp(t);

  const refused = await lacking.send(['ok@example.org'], { smtpUtf8: true });
  const sent = await having.send(['ok@example.org', 'ok+\u00e9@example.org'], { smtpUtf8: true });

  assert.partialDeepStrictEqual(refused['ok@example.org'], { kind: 'bounced', status: '5.6.7' });
  assert.deepEqual(
    Object.values(sent).map(({ kind }) => kind),
    ['delivered', 'delivered'],
  );
  assert.deepEqual(having.sink.mailLines, ['MAIL FROM:<b@bounce.example> SMTPUTF8 BODY=8BITMIME SIZE=17']);
});

for (const [answer, reason] of [
  ['lease-lost', 'lease-lost'],
  ['throws', 'mark-failed'],
] as const) {
  test(`no dot is sent when the last step before it answers ${answer}`, async (t) => {
    const { send, sink } = await setUp(t, {
      mayEnd: async () => {
        if (answer === 'throws') throw new Error('Redis is away');
        return answer;
      },
    });

    const outcomes = await send(['ok@example.org']);
    await until(() => sink.counts.openConnections === 0);

    assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'withheld', reason });
    assert.equal(sink.counts.accepted, 0);
  });
}

test('the last step before the dot is asked with the accepted recipients, when the body is at the peer', async (t) => {
  const asked: (readonly string[])[] = [];
  const { send, sink } = await setUp(t, {
    mayEnd: async (accepted) => {
      asked.push(accepted);
      await until(() => sink.counts.bodyBytes > 0);
      return 'go';
    },
  });

  await send(['ok@example.org', '550-rcpt@example.org']);

  assert.deepEqual(asked, [['ok@example.org']]);
});

test('F07 stopping breaks off what has not reached its dot and lets the rest hear its reply', async (t) => {
  const { send, sink, pool } = await setUp(t);
  const late = send(['slow-dot-200@example.org']);
  const early = send(['no-354@example.org']);
  await until(() => sink.counts.accepted === 1 && sink.commands.get('DATA') === 2);

  pool.stop();

  assert.partialDeepStrictEqual(Object.values(await early)[0], { kind: 'withheld', reason: 'stopping' });
  assert.equal(Object.values(await late)[0]?.kind, 'delivered');
  assert.equal(Object.values(await send(['ok@example.org']))[0]?.kind, 'withheld');
});

type SetUp = Readonly<{
  sink?: SmtpSinkOptions;
  behaviour?: SinkServerBehaviour;
  timeouts?: Partial<SmtpTimeouts>;
  messagesMax?: number;
  connectionsMax?: number;
  mayEnd?: MayEnd;
}>;

async function setUp(t: TestContext, options: SetUp = {}) {
  const { timeouts, messagesMax = 1_000, connectionsMax = 10, mayEnd = async () => 'go' } = options;
  const sink = await startSmtpSink({ behaviour: options.behaviour ?? {}, ...options.sink });
  const pool = createSmtpPool({
    ehloName: 'mail.example.net',
    timeouts: { ...defaultSmtpTimeouts, ...timeouts },
    messagesMax,
    idleMs: 60_000,
  });
  t.after(async () => {
    await pool[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });
  const local: Route = { site: 'sink', hosts: [{ host: sink.host, port: sink.port }], tls: 'opportunistic' };

  async function send(
    recipients: readonly string[],
    { route = local, ...message }: Partial<OutboundMessage> & { route?: Route } = {},
  ): Promise<Record<string, Outcome>> {
    const rendition = 'Subject: x\r\n\r\nx\r\n';
    const defaults = { from: 'b@bounce.example', rendition, smtpUtf8: false };
    const sent = await pool.send({ ...defaults, recipients, ...message }, { route, connectionsMax, mayEnd });
    return Object.fromEntries(sent.outcomes);
  }
  return { sink, pool, send, route: local };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function closedPort(): Promise<number> {
  const sink = await startSmtpSink();
  await sink[Symbol.asyncDispose]();
  return sink.port;
}
