import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type SubmissionItem, submissionsLane } from '@posthorn/contracts';
import { connectRedis, consume, done, eachItem } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { startTcpGate, withTestRedis, withTestStore } from '@posthorn/testing';
import { startSubmission } from './app.ts';
import { loadConfig } from './config.ts';
import { connectRaw, type RawClient } from './testing/raw-client.ts';
import { environmentOf, resetToken, storeToken } from './testing/real-submission.ts';
import { aMessage, password, userName } from './testing/test-submission.ts';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const store = scope.use(await withTestStore());
const gate = scope.use(await startTcpGate({ port: Number(new URL(store.url).port || 27_017) }));
await storeToken(store);
const config = loadConfig(
  environmentOf({ redisUrl: redis.url, mongodbUrl: `mongodb://127.0.0.1:${gate.port}/${store.dbName}` }),
);
const app = scope.use(await startSubmission(config, silentLogger));
const other = scope.use(await startSubmission(config, silentLogger));
const link = scope.use(await connectRedis({ url: redis.url, role: 'worker', log: silentLogger }));

/** The token's password as it is now. */
let current = password;
const taken: SubmissionItem[] = [];
const take = eachItem<SubmissionItem>(
  async ({ item }) => {
    taken.push(item);
    return done;
  },
  { concurrency: 1 },
);
scope.use(
  consume(submissionsLane, take, { redis: link, concurrency: 1, log: silentLogger, blobs: store.blobs }),
);
await until(async () => (await health('/readyz')) === 200);

test('the service says that it lives and is ready', async () => {
  assert.deepEqual([await health('/livez'), await health('/readyz')], [200, 200]);
});

test('a message over TLS from the start is taken from the lane as it was sent', async () => {
  const reply = await submit(aMessage(), { port: app.tlsPorts[0], isTls: true });

  const statusId = /as (\S+)$/.exec(reply)?.[1];
  await until(() => taken.some(({ id }) => id === statusId));
  assert.equal(taken.find(({ id }) => id === statusId)?.raw, aMessage());
});

test('a message of 2 MB goes through the store beside its bag, byte for byte', async () => {
  const body = `${'0123456789abcdef'.repeat(60)}\xe4\r\n`.repeat(2_000);

  const reply = await submit(aMessage({}, body));

  assert.match(reply, /^250 /);
  await until(() => taken.some(({ raw }) => raw.length > 1_000_000));
  assert.equal(taken.find(({ raw }) => raw.length > 1_000_000)?.raw, aMessage({}, body));
});

test('a reset is known on every replica within a second, also where its notice was not heard', async () => {
  for (const [next, isHeard] of [
    ['heard', true],
    ['not heard', false],
  ] as const) {
    for (const { ports } of [app, other]) assert.match(await login(ports[0], current), /^235 /);
    const held = await Promise.all([app, other].map(({ ports }) => loggedIn(ports[0])));

    await resetToken(store, link.client, { next, isHeard });
    const tookMs = await Promise.all(held.map(untilEnded));

    for (const took of tookMs) assert.ok(took < 1_000, `${took} ms`);
    for (const { ports } of [app, other]) assert.match(await login(ports[0], current), /^535 /);
    current = next;
  }
});

test('while MongoDB is away known tokens go on, small messages are taken and large ones are 451 4.3.0', async () => {
  await login(app.ports[0], current);
  gate.shut();

  assert.match(await submit(aMessage()), /^250 /);
  assert.match(await submit(aMessage({}, `${'x'.repeat(998)}\r\n`.repeat(400))), /^451 4\.3\.0/);
  gate.open();
  await until(async () => /^250 /.test(await submit(aMessage({}, `${'x'.repeat(998)}\r\n`.repeat(400)))));
});

test('while Redis is away the answer is 451 4.3.0, and 250 once it is back', async () => {
  await redis.kill();

  assert.match(await submit(aMessage()), /^451 4\.3\.0/);
  await redis.restart();

  await until(async () => /^250 /.test(await submit(aMessage())));
});

type Given = { port?: number | undefined; isTls?: boolean };

async function loggedIn(port = 0, secretWord = current, isTls = false) {
  const client = await connectRaw(port, { isTls });
  await client.say('EHLO client.example');
  await client.login(userName, secretWord);
  return client;
}

async function login(port = 0, secretWord = current): Promise<string> {
  await using client = await connectRaw(port);
  await client.say('EHLO client.example');
  return await client.login(userName, secretWord);
}

async function submit(message: string, { port = app.ports[0], isTls }: Given = {}): Promise<string> {
  await using client = await loggedIn(port, current, isTls);
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA']) {
    const reply = await client.say(line);
    if (!/^[23]/.test(reply)) return reply;
  }
  client.write(message);
  return await client.say('.');
}

/** Begins a message again and again, until that ends the connection; how long that took, in milliseconds. */
async function untilEnded(client: RawClient): Promise<number> {
  const beganAtMs = performance.now();
  await until(async () => {
    const reply = await client.say('MAIL FROM:<shop@shop.example>');
    if (reply.startsWith('250')) await client.say('RSET');
    return reply.startsWith('421');
  });
  return performance.now() - beganAtMs;
}

async function health(path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${app.healthPort}${path}`)).status;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await delay(20);
  }
}
