import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listen } from '@posthorn/runtime';
import { startFaultProxy } from './fault-proxy.ts';

test('without a toxic everything passes, both ways and in order, and the end with it', async (t) => {
  const { dial } = await setUp(t);
  const sent = Buffer.alloc(1_000_000, 'posthorn');

  const client = await dial();
  client.end(sent);

  assert.ok((await all(client)).equals(sent));
});

test('latency delays an answer, and what follows is not delayed once more', async (t) => {
  const { proxy, dial } = await setUp(t);
  using _toxic = proxy.poison('downstream', { type: 'latency', latencyMs: 150 });
  const client = await dial();
  const startedAtMs = performance.now();

  for (let at = 0; at < 10; at += 1) {
    client.write('x'.repeat(10));
    await new Promise((go) => setImmediate(go));
  }
  client.end();
  const text = await all(client);

  const tookMs = performance.now() - startedAtMs;
  assert.equal(text.length, 100);
  assert.ok(tookMs >= 140 && tookMs < 1_000, `${tookMs} ms`);
});

test('a slicer passes all bytes in small pieces', async (t) => {
  const { proxy, dial } = await setUp(t);
  using _toxic = proxy.poison('downstream', { type: 'slicer', sizeBytes: 3, delayMs: 1 });
  const client = await dial();
  const pieces: number[] = [];
  client.on('data', (bytes: Buffer) => pieces.push(bytes.length));

  client.end('abcdefghij');
  await once(client, 'close');

  assert.equal(
    pieces.reduce((sum, size) => sum + size, 0),
    10,
  );
  assert.ok(pieces.length > 1);
});

test('a blackhole swallows what comes until it is taken away', async (t) => {
  const { proxy, dial } = await setUp(t);
  const client = await dial();
  const toxic = proxy.poison('upstream', { type: 'timeout', timeoutMs: 0 });
  client.write('lost');
  await until(() => client.writableLength === 0);
  await new Promise((go) => setTimeout(go, 50));

  toxic[Symbol.dispose]();
  client.end('kept');

  assert.equal((await all(client)).toString(), 'kept');
});

test('a limit closes the connection after so many bytes', async (t) => {
  const { proxy, dial } = await setUp(t);
  using _toxic = proxy.poison('upstream', { type: 'limit_data', bytes: 4 });
  const client = await dial();

  client.write('abcdefgh');
  const heard = await all(client);

  assert.ok(heard.length <= 4);
});

test('a reset is seen as one', async (t) => {
  const { proxy, dial } = await setUp(t);
  using _toxic = proxy.poison('upstream', { type: 'reset_peer', timeoutMs: 0 });
  const client = await dial();

  client.write('x');
  const [error] = await once(client, 'error');

  assert.equal(error.code, 'ECONNRESET');
});

test('a proxy that is down drops its connections and takes none, until it is up again', async (t) => {
  const { proxy, dial } = await setUp(t);
  const first = await dial();

  proxy.enable(false);
  await once(first, 'close');
  const second = await dial();
  await once(second, 'close');
  assert.equal(proxy.openConnections, 0);

  proxy.enable(true);
  const third = await dial();
  third.end('again');
  assert.equal((await all(third)).toString(), 'again');
});

/** An echo server behind a proxy. */
async function setUp(t: TestContext) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  const echo = await listen(server, { host: '127.0.0.1', port: 0 });
  const proxy = await startFaultProxy({ port: echo.port });
  t.after(async () => {
    await proxy[Symbol.asyncDispose]();
    await echo[Symbol.asyncDispose]();
  });
  async function dial(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }
  return { proxy, dial };
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((go) => setImmediate(go));
}
