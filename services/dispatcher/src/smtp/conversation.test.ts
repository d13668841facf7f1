import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setUpPool as setUp, until } from '../testing/pool-with-sink.ts';

test('F18 a 421 banner defers every recipient and blames the site', async (t) => {
  const { send } = await setUp(t, { behaviour: { connect: '421' } });

  const outcomes = await send(['ok@example.org', 'ok+2@example.org']);

  for (const outcome of Object.values(outcomes)) {
    assert.partialDeepStrictEqual(outcome, { kind: 'deferred', scope: 'site', status: '4.3.2' });
  }
});

test('F18 a session refused with 5xx defers too, and what the receiver blames is kept', async (t) => {
  const { send } = await setUp(t, {
    behaviour: {
      banner: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    },
  });

  const outcomes = await send(['ok@example.org']);

  assert.partialDeepStrictEqual(outcomes['ok@example.org'], {
    kind: 'deferred',
    scope: 'site',
    class: 'ip-blocked',
  });
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

test('F19 a greylisted message is deferred, and taken when the same bytes come again from the same address', async (t) => {
  const { send, sink } = await setUp(t);

  const first = await send(['greylist@example.org']);
  const second = await send(['greylist@example.org']);

  assert.partialDeepStrictEqual(first['greylist@example.org'], { kind: 'deferred', category: 'GREYLISTING' });
  assert.equal(second['greylist@example.org']?.kind, 'delivered');
  assert.equal(sink.counts.accepted, 1);
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

test('F28 of a reply without end the code counts, it is not read on, and what is kept is short', async (t) => {
  const { send, sink } = await setUp(t);

  const { 'long-reply@example.org': outcome } = await send(['long-reply@example.org']);

  assert.partialDeepStrictEqual(outcome, { kind: 'delivered', status: '2.0.0' });
  assert.ok((outcome?.response ?? '').length <= 1_000);
  await until(() => sink.counts.openConnections === 0);
});

test('F29 what stands behind the reply to a message is no reply to the next one: the connection is left', async (t) => {
  const { send, sink } = await setUp(t);

  const first = await send(['twice-250@example.org']);
  const second = await send(['554-dot@example.org']);

  assert.equal(first['twice-250@example.org']?.kind, 'delivered');
  assert.equal(second['554-dot@example.org']?.kind, 'bounced');
  assert.equal(sink.counts.connections, 2);
});

test('a line that begins with a dot, or ends as no line should, arrives as one receiver and the next would read it', async (t) => {
  const { send, sink } = await setUp(t);

  await send(['ok@example.org'], { rendition: 'Subject: x\r\n\r\n.\r\n..a\n.b\r.\rc' });

  const read = 'Subject: x\r\n\r\n.\r\n..a\r\n.b\r\n.\r\nc\r\n';
  assert.equal(sink.entries[0]?.sha256, createHash('sha256').update(read).digest('hex'));
});

test('F29 a 250 before the final dot is no success, and the dot is not sent', async (t) => {
  const { send, sink } = await setUp(t, { mayEnd: () => new Promise(() => undefined) });

  const outcomes = await send(['early-250@example.org']);

  assert.partialDeepStrictEqual(outcomes['early-250@example.org'], { kind: 'deferred', scope: 'site' });
  assert.equal(sink.counts.accepted, 0);
});

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

test('a message with bytes beyond ASCII is declared as one where the peer takes them (RFC 6152)', async (t) => {
  const { send, sink } = await setUp(t);

  await send(['ok@example.org'], { rendition: 'Subject: x\r\n\r\n\xfc\r\n' });

  assert.deepEqual(sink.mailLines, ['MAIL FROM:<b@bounce.example> BODY=8BITMIME SIZE=17']);
});

test('F33 bytes beyond ASCII are not sent to a peer that does not take them: such mail bounces with 5.6.3', async (t) => {
  const { send, sink } = await setUp(t, { behaviour: { eightBitMime: false } });

  const outcomes = await send(['ok@example.org'], { rendition: 'Subject: x\r\n\r\n\xfc\r\n' });
  const plain = await send(['ok@example.org']);

  assert.partialDeepStrictEqual(outcomes['ok@example.org'], { kind: 'bounced', status: '5.6.3' });
  assert.equal(plain['ok@example.org']?.kind, 'delivered');
  assert.equal(sink.mailLines.length, 1);
});

test('F33 an address beyond ASCII needs SMTPUTF8 although no header does', async (t) => {
  const { send } = await setUp(t, { behaviour: { smtpUtf8: false } });

  const outcomes = await send(['ok+\u00e9@example.org']);

  assert.partialDeepStrictEqual(outcomes['ok+\u00e9@example.org'], { kind: 'bounced', status: '5.6.7' });
});
