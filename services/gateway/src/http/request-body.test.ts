import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { call, startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const path = '/marketing/v3/transactional/single-email/send';
const good = { emailId: 42, message: { to: 'jdoe@example.com' } };

test('A01: a client that is still sending a body that is too large reads its 413, every time', async () => {
  await using gateway = await startTestGateway();
  const body = JSON.stringify({ ...good, customProperties: { x: 'a'.repeat(1_500_000) } });
  const headers = { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' };

  const statuses: number[] = [];
  for (let n = 0; n < 20; n += 1) {
    const answer = await fetch(gateway.baseUrl + path, { method: 'POST', headers, body });
    statuses.push(answer.status);
    await answer.text();
  }

  assert.deepEqual(new Set(statuses), new Set([413]));
});

test('A01: a body in chunks is told 413 once it is over the limit, and one that does not end is hung up on', async () => {
  await using gateway = await startTestGateway();
  const client = await beginPost(gateway, { 'Transfer-Encoding': 'chunked' });
  const chunk = `2710\r\n${'x'.repeat(10_000)}\r\n`;

  for (let n = 0; n < 30; n += 1) client.socket.write(chunk);
  await client.whenSaid(/^HTTP\/1\.1 413 /);
  const isOpen = !client.socket.destroyed;
  while (!client.socket.destroyed) {
    client.socket.write(chunk);
    await new Promise(setImmediate);
  }

  assert.equal(isOpen, true);
  assert.equal(gateway.posted.length, 0);
});

test('bodies under way are bounded together: the one too many is told 503 and when to try again, and small ones pass', async () => {
  await using gateway = await startTestGateway();
  const held = await Promise.all([beginBody(gateway, 190_000), beginBody(gateway, 190_000)]);
  const large = JSON.stringify({ ...good, customProperties: { x: 'a'.repeat(99_000) } });
  // The two hold 2 × 124,464 bytes beyond what is free; a third and fourth do not fit into 400,000.
  const third = await beginBody(gateway, 190_000);
  const fourth = await beginBody(gateway, 190_000);

  await fourth.whenSaid(/^HTTP\/1\.1 503 [\s\S]*retry-after: 2[\s\S]*large bodies are under way/i);
  const small = await call(gateway, `POST ${path}`, { body: JSON.stringify(good) });
  for (const client of [...held, third, fourth]) client.socket.destroy();
  await until(async () => (await call(gateway, `POST ${path}`, { body: large })).status === 200);

  assert.equal(small.status, 200);
});

test('the room of a body is free again once it is answered, however it ended', async () => {
  await using gateway = await startTestGateway();
  const large = JSON.stringify({ ...good, customProperties: { x: 'a'.repeat(99_000) } });
  const tooLarge = JSON.stringify({ ...good, customProperties: { x: 'a'.repeat(150_000) } });

  const statuses: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    statuses.push((await call(gateway, `POST ${path}`, { body: large })).status);
    statuses.push((await call(gateway, `POST ${path}`, { body: tooLarge })).status);
    statuses.push((await call(gateway, `POST ${path}`, { body: `[${large}` })).status);
  }

  assert.deepEqual(new Set(statuses), new Set([200, 413, 400]));
});

/** Sends the head of a call and so many bytes of a longer body, and resolves when they have left. */
async function beginBody(gateway: TestGateway, bytes: number) {
  const client = await beginPost(gateway, { 'Content-Length': '199000' });
  await new Promise((sent) => client.socket.write('x'.repeat(bytes), sent));
  return client;
}

async function beginPost(gateway: TestGateway, headers: Record<string, string>) {
  const socket: Socket = connect(gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  const head = {
    Host: 'x',
    Authorization: `Bearer ${gateway.key}`,
    'Content-Type': 'application/json',
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return { socket, whenSaid: (pattern: RegExp) => until(async () => pattern.test(said)) };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await new Promise((next) => setTimeout(next, 5));
  }
}
