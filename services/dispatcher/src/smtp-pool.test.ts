import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { closedPort, selfSignedCertificate, setUpPool, until } from './testing/pool-with-sink.ts';

test('the message arrives byte for byte, dots at line starts and all, so its DKIM signature holds', async (t) => {
  const { sink, send } = await setUpPool(t, { sink: { keepMessages: true } });
  const rendition = 'Subject: x\r\n\r\n.\r\n..two\r\n.\r\n.one\r\n\u00e9 in latin1\r\n\r\n\r\n';

  const outcomes = await send(['ok@example.org'], { rendition });

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.messages[0]?.toString('latin1'), rendition);
  assert.equal(sink.entries[0]?.sha256, createHash('sha256').update(rendition, 'latin1').digest('hex'));
});

test('a message that needs no change arrives byte for byte too, and ends where it ends', async (t) => {
  const { sink, send } = await setUpPool(t, { sink: { keepMessages: true } });
  const rendition = `Subject: x\r\n\r\n${'a.b \u00e9.\r\n'.repeat(1_000)}\r\n`;

  await send(['ok@example.org'], { rendition });
  await send(['ok@example.org'], { rendition: 'Subject: next\r\n\r\n' });

  assert.equal(sink.messages[0]?.toString('latin1'), rendition);
  assert.equal(sink.messages[1]?.toString('latin1'), 'Subject: next\r\n\r\n');
});

test('nothing in a message can end it: what looks like a final dot behind a bare LF or CR is stuffed', async (t) => {
  const { sink, send } = await setUpPool(t, { sink: { keepMessages: true } });

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
  const { sink, send } = await setUpPool(t, { sink: { keepMessages: true } });
  const rendition = `Subject: x\r\n\r\n${'.0123456789abcdef\r\n'.repeat(30_000)}end`;

  await send(['ok@example.org'], { rendition });

  assert.equal(sink.messages[0]?.toString('latin1'), `${rendition}\r\n`);
});

test('one connection carries message after message, up to its limit', async (t) => {
  const { sink, send } = await setUpPool(t, { messagesMax: 3 });

  for (let count = 0; count < 7; count += 1) await send(['ok@example.org']);

  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [7, 3]);
});

test('no more connections are opened than the route may have, and what waits is sent in its turn', async (t) => {
  const { sink, send } = await setUpPool(t, { connectionsMax: 2 });

  await Promise.all(Array.from({ length: 10 }, () => send(['slow-dot-10@example.org'])));

  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [10, 2]);
});

test('a kept connection that the peer has left is replaced, and the message is sent once', async (t) => {
  const { sink, send } = await setUpPool(t);
  await send(['ok@example.org']);

  sink.dropConnections();
  const outcomes = await send(['ok@example.org']);

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [2, 2]);
});

test('a peer that ends kept connections with 421 gets the message over a new one', async (t) => {
  const { sink, send } = await setUpPool(t, { behaviour: { messagesMax: 1 } });

  await send(['ok@example.org']);
  const outcomes = await send(['ok@example.org']);

  assert.equal(outcomes['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.counts.connections, 2);
});

test('F17 a host that refuses the connection is passed over for the next, and with none left the mail waits', async (t) => {
  const { sink, send, route } = await setUpPool(t);
  const closed = { host: '127.0.0.1', port: await closedPort() };

  const first = await send(['ok@example.org'], { route: { ...route, hosts: [closed, ...route.hosts] } });
  const none = await send(['ok@example.org'], { route: { ...route, hosts: [closed] } });

  assert.equal(first['ok@example.org']?.kind, 'delivered');
  assert.partialDeepStrictEqual(none['ok@example.org'], { kind: 'deferred', scope: 'site', status: '4.4.1' });
  assert.equal(sink.counts.accepted, 1);
});

for (const startTls of ['refuse', 'garbage'] as const) {
  test(`F30 STARTTLS that fails (${startTls}) is followed by plain, unless TLS is required`, async (t) => {
    const { send, route } = await setUpPool(t, { behaviour: { startTls } });

    const opportunistic = await send(['ok@example.org'], { route: { ...route, tls: 'opportunistic' } });
    const required = await send(['ok@example.org'], { route: { ...route, tls: 'required' } });

    assert.equal(opportunistic['ok@example.org']?.kind, 'delivered');
    assert.partialDeepStrictEqual(required['ok@example.org'], { kind: 'deferred', scope: 'site' });
  });
}

for (const [answer, reason] of [
  ['lease-lost', 'lease-lost'],
  ['throws', 'mark-failed'],
] as const) {
  test(`no dot is sent when the last step before it answers ${answer}`, async (t) => {
    const { send, sink } = await setUpPool(t, {
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
  const { send, sink } = await setUpPool(t, {
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
  const { send, sink, pool } = await setUpPool(t);
  const late = send(['slow-dot-200@example.org']);
  const early = send(['no-354@example.org']);
  await until(() => sink.counts.accepted === 1 && sink.commands.get('DATA') === 2);

  pool.stop();

  assert.partialDeepStrictEqual(Object.values(await early)[0], { kind: 'withheld', reason: 'stopping' });
  assert.equal(Object.values(await late)[0]?.kind, 'delivered');
  assert.equal(Object.values(await send(['ok@example.org']))[0]?.kind, 'withheld');
});

test('F31 a certificate nobody vouches for is good enough where TLS is opportunistic, and not where it is required', async (t) => {
  const startTls = await selfSignedCertificate(t);
  const { send, sink, route } = await setUpPool(t, { behaviour: { startTls } });

  const opportunistic = await send(['ok@example.org']);
  const ehlosOfOne = sink.commands.get('EHLO');
  const required = await send(['ok@example.org'], { route: { ...route, tls: 'required' } });

  assert.equal(opportunistic['ok@example.org']?.kind, 'delivered');
  assert.equal(ehlosOfOne, 2, 'the session began anew inside TLS');
  assert.partialDeepStrictEqual(required['ok@example.org'], { kind: 'deferred', scope: 'site' });
});

test('a smarthost that does not take the login defers all mail, and no message is tried', async (t) => {
  const { send, sink, route } = await setUpPool(t);

  const outcomes = await send(['ok@example.org'], { route: { ...route, login: { user: 'u', pass: 'p' } } });

  assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'deferred', scope: 'site' });
  assert.equal(sink.commands.get('MAIL'), undefined);
});
