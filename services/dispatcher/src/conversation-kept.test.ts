import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ConversationLine, conversationLines } from '@posthorn/contracts';
import type { Route } from './router.ts';
import { closedPort, selfSignedCertificate, setUpPool } from './testing/pool-with-sink.ts';

const content = 'what nobody may read';
const message = { from: 'b@bounce.example', rendition: `Subject: x\r\n\r\n${content}\r\n`, smtpUtf8: false };
const mayEnd = async () => 'go' as const;

test('an attempt keeps what was said and when, from the connection to the last reply, and no content', async (t) => {
  const { talk, route } = await setUp(t);

  const lines = await talk(['ok@example.org']);

  const { port } = route.hosts[0] ?? {};
  assert.deepEqual(texts(lines), [
    `us (connected to 127.0.0.1:${port} from 127.0.0.1)`,
    'peer 220 sink.example ESMTP',
    'us EHLO mail.example.net',
    'peer 250-sink.example 250-SIZE 250-ENHANCEDSTATUSCODES 250-PIPELINING 250-8BITMIME 250 SMTPUTF8',
    `us MAIL FROM:<b@bounce.example> SIZE=${message.rendition.length}`,
    'us RCPT TO:<ok@example.org>',
    'us DATA',
    'peer 250 2.1.0 ok',
    'peer 250 2.1.5 ok',
    'peer 354 end with a dot',
    `us (${message.rendition.length} bytes and the final dot)`,
    'peer 250 2.0.0 accepted',
  ]);
  assert.deepEqual(
    lines.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    lines.map(({ atMs }) => atMs),
  );
});

test('an attempt over a kept connection says so, and holds nothing of the one before', async (t) => {
  const { talk } = await setUp(t);
  await talk(['first@example.org']);

  const lines = texts(await talk(['450-rcpt@example.org']));

  assert.equal(lines[0], 'us (kept connection to 127.0.0.1)');
  assert.ok(lines.some((line) => line.startsWith('peer 450 4.2.1')));
  assert.ok(!lines.some((line) => /EHLO|first@/.test(line)));
});

test('an attempt without a connection names every host that was tried, and why none took it', async (t) => {
  const { talk } = await setUp(t);
  const ports = [await closedPort(), await closedPort()];

  const lines = await talk(['ok@example.org'], {
    hosts: ports.map((port) => ({ host: '127.0.0.1', port })),
  });

  assert.deepEqual(
    texts(lines),
    ports.map((port) => `us (no connection to 127.0.0.1:${port}: ECONNREFUSED)`),
  );
});

test('a session under TLS names its protocol before the first line that it protects', async (t) => {
  const startTls = await selfSignedCertificate(t);
  const { talk } = await setUp(t, { startTls });

  const lines = texts(await talk(['ok@example.org']));

  const at = lines.findIndex((line) => line.startsWith('us (TLSv1.3 TLS_'));
  assert.deepEqual([lines[at - 2], lines[at + 1]], ['us STARTTLS', 'us EHLO mail.example.net']);
});

test('TLS that is demanded and fails is in the conversation, and no MAIL', async (t) => {
  const startTls = await selfSignedCertificate(t);
  const { talk } = await setUp(t, { startTls });

  const lines = texts(await talk(['ok@example.org'], { tls: 'required', tlsPolicy: 'required' }));

  assert.match(lines.at(-1) ?? '', /^us \(TLS is demanded \(required\) and failed: /);
  assert.ok(!lines.some((line) => line.includes('MAIL FROM')));
});

test('a connection that breaks says how far the message came', async (t) => {
  const { talk, pool, route } = await setUp(t);
  const rendition = `Subject: x\r\n\r\n${'0123456789\r\n'.repeat(500_000)}`;

  const broken = await pool.send(
    { ...message, rendition, recipients: ['drop-in-data@example.org'] },
    { route, connectionsMax: 1, mayEnd },
  );
  const unanswered = texts(await talk(['drop-after-dot@example.org']));

  assert.match(
    texts(conversationLines(broken.conversation ?? '')).at(-1) ?? '',
    /^us \(the connection ended: \w+, \d+ of 6000014 bytes sent\)$/,
  );
  assert.match(unanswered.at(-1) ?? '', /^us \(the connection ended: \w+\)$/);
});

test('a dot that is withheld leaves its reason', async (t) => {
  const { pool, route } = await setUp(t);
  const { conversation = '' } = await pool.send(
    { ...message, recipients: ['ok@example.org'] },
    { route, connectionsMax: 1, mayEnd: async () => 'lease-lost' },
  );

  assert.match(
    texts(conversationLines(conversation)).at(-1) ?? '',
    /^us \(stopped before the final dot: lease-lost, /,
  );
});

for (const mechanism of ['PLAIN', 'LOGIN', 'CRAM-MD5']) {
  test(`a login by ${mechanism} leaves the mechanism and nothing of the user or the password`, async (t) => {
    const { talk } = await setUp(t);
    const port = await startLoginServer(t, mechanism);
    const login = { user: 'relay-user', pass: 'relay-password' };

    const lines = texts(await talk(['ok@example.org'], { hosts: [{ host: '127.0.0.1', port }], login }));

    assert.ok(lines.some((line) => line.startsWith(`us AUTH ${mechanism}`)));
    const words = lines.join(' ').split(/[ :]/);
    const spoken = words.flatMap((word) => [word, Buffer.from(word, 'base64').toString()]).join(' ');
    assert.doesNotMatch(spoken, /relay-user|relay-password/);
  });
}

function texts(lines: readonly ConversationLine[]): string[] {
  return lines.map(({ from, text }) => `${from} ${text}`);
}

async function setUp(t: TestContext, behaviour = {}) {
  const { pool, route } = await setUpPool(t, { behaviour });
  return {
    pool,
    route,
    talk: async (recipients: readonly string[], way: Partial<Route> = {}) => {
      const sent = await pool.send(
        { ...message, recipients },
        { route: { ...route, ...way }, connectionsMax: 1, mayEnd },
      );
      assert.ok(sent.conversation && !sent.conversation.includes(content));
      return conversationLines(sent.conversation);
    },
  };
}

/** Asks for a login and takes none. */
async function startLoginServer(t: TestContext, mechanism: string): Promise<number> {
  const replies: readonly [pattern: RegExp, reply: string][] = [
    [/^EHLO/, `250-relay\r\n250 AUTH ${mechanism}`],
    [/^AUTH LOGIN/, '334 VXNlcm5hbWU6'],
    [/^AUTH CRAM-MD5/, `334 ${Buffer.from('<1.2@relay>').toString('base64')}`],
    [/^cmVsYXktdXNlcg==/, '334 UGFzc3dvcmQ6'],
    [/./, '535 5.7.8 no'],
  ];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 relay\r\n');
    socket.on('data', (chunk) => {
      const found = replies.find(([pattern]) => pattern.test(chunk.toString()));
      socket.write(`${found?.[1]}\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
