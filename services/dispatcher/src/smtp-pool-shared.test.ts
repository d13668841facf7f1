import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SendOptions } from './smtp-pool.ts';
import { type PoolSetUp, selfSignedCertificate, setUpPool, until } from './testing/pool-with-sink.ts';

for (const protection of ['plain', 'tls'] as const) {
  test(`a connection’s lease (${protection}) is given back when the peer has seen its end, and not before`, async (t) => {
    const startTls = protection === 'tls' ? await selfSignedCertificate(t) : undefined;
    const { sink, pool, send } = await setUp(t, { behaviour: { startTls } });
    const openAtRelease: number[] = [];
    const connect = async () => ({ release: () => void openAtRelease.push(sink.counts.openConnections) });

    await send({ messagesMax: 2, connect });
    const whileItRests = openAtRelease.length;
    await send({ messagesMax: 2, connect });
    await until(() => openAtRelease.length === 1);
    await send({ messagesMax: 2, connect });
    await pool[Symbol.asyncDispose]();

    assert.equal(whileItRests, 0);
    assert.deepEqual(openAtRelease, [0, 0]);
  });
}

test('where all connections are held elsewhere a message is put off and nobody is spoken to', async (t) => {
  const { sink, send } = await setUp(t);

  const sent = await send({ connect: async () => undefined });

  assert.equal(sent.untried?.kind, 'crowded');
  assert.equal(sent.outcomes.size, 0);
  assert.equal(sink.counts.connections, 0);
});

test('F54 a source that is on no host is told, and the mail does not leave from another', async (t) => {
  const { sink, send } = await setUp(t);

  const sent = await send({ source: { address: '203.0.113.1', ehloName: 'mail.sender.example' } });

  assert.equal(sent.untried?.kind, 'source-gone');
  assert.equal(sink.counts.connections, 0);
});

test('a kept connection that is at hand too late is not used, and rests again', async (t) => {
  const { sink, send } = await setUp(t);
  await send();

  const sent = await send({ confirm: async () => false });
  await send();

  assert.equal(sent.untried?.kind, 'late');
  assert.deepEqual([sink.counts.accepted, sink.counts.connections], [2, 1]);
});

async function setUp(t: TestContext, options: PoolSetUp = {}) {
  const { sink, pool, route } = await setUpPool(t, options);
  const message = {
    ...{ from: 'b@bounce.example', recipients: ['ok@example.org'], smtpUtf8: false },
    rendition: 'Subject: x\r\n\r\nx\r\n',
  };
  const usual: SendOptions = { route, connectionsMax: 2, mayEnd: async () => 'go' };
  const send = (how: Partial<SendOptions> = {}) => pool.send(message, { ...usual, ...how });
  return { sink, pool, send };
}
