import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isFault } from './fault.ts';
import { listen } from './listen.ts';

const anywhere = { host: '127.0.0.1', port: 0 };

test('a taken port is a refusal that names it', async () => {
  await using first = await listen(createServer(), anywhere);

  await assert.rejects(listen(createServer(), { host: '127.0.0.1', port: first.port }), (error) => {
    assert.ok(isFault(error, 'misconfigured'));
    return error.message.includes(String(first.port)) && error.message.includes('another program uses it');
  });
});

test('two servers that say so share a port', { skip: process.platform !== 'linux' }, async () => {
  const answering = (text: string) => createServer((_req, res) => void res.end(text));
  await using first = await listen(answering('first'), { ...anywhere, reusePort: true });
  await using _second = await listen(answering('second'), { ...anywhere, port: first.port, reusePort: true });

  const heard = new Set<string>();
  const deadline = performance.now() + 10_000;
  while (heard.size < 2 && performance.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${first.port}/`, { headers: { connection: 'close' } });
    heard.add(await answer.text());
  }

  assert.deepEqual([...heard].toSorted(), ['first', 'second']);
});

test('an answer under way when closing begins is written, and its kept connection does not hold up the end', async () => {
  const arrived = Promise.withResolvers<() => void>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (_req, res) =>
    arrived.resolve(() => void res.end('done')),
  );
  const listening = await listen(server, anywhere);
  const client = connect({ host: '127.0.0.1', port: listening.port });
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await arrived.promise;

  const closed = listening[Symbol.asyncDispose]();
  answer();
  const [bytes] = await once(client, 'data');
  await closed;

  assert.match(String(bytes), /done/);
});
