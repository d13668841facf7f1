import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type SubmissionItem, submissionsLane } from '@posthorn/contracts';
import { connectRedis, consume, done, eachItem, laneDepth } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { withTestRedis, withTestStore } from '@posthorn/testing';
import { connectRaw } from './testing/raw-client.ts';
import { environmentOf, storeToken } from './testing/real-submission.ts';
import { aMessage, password, userName } from './testing/test-submission.ts';

const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const store = scope.use(await withTestStore());
await storeToken(store);
const link = scope.use(await connectRedis({ url: redis.url, role: 'worker', log: silentLogger }));
const port = await freePort();
const killsMax = 6;
const clientsMax = 8;

test('F02: kill -9 between dot and 250 loses nothing, and a repeat with a key is the same send', async () => {
  const answered = new Map<string, string>();
  let service = startService();
  scope.defer(() => stop(service));
  const enough = new AbortController();
  const clients = Array.from({ length: clientsMax }, (_, client) =>
    submitUntil(enough.signal, `client-${client}`, answered),
  );

  for (let kills = 0; kills < killsMax; kills += 1) {
    const before = answered.size;
    await until(() => answered.size > before + 2 * clientsMax);
    await stop(service);
    service = startService();
  }
  const before = answered.size;
  await until(() => answered.size > before + clientsMax);
  enough.abort();
  await Promise.all(clients);
  const items = await takeAll();

  const idsByKey = Map.groupBy(items, ({ raw }) => /X-Posthorn-Idempotency-Key: (\S+)/.exec(raw)?.[1] ?? '');
  for (const [key, statusId] of answered) {
    const posted = idsByKey.get(key) ?? [];
    assert.deepEqual([...new Set(posted.map(({ id }) => id))], [statusId], key);
    assert.equal(new Set(posted.map(({ requestKey }) => requestKey)).size, 1, key);
  }
});

/** Sends messages one after another, each until it is answered 250, over a new connection wherever one is lost. */
async function submitUntil(enough: AbortSignal, name: string, answered: Map<string, string>): Promise<void> {
  for (let count = 0; !enough.aborted; count += 1) {
    const key = `${name}-${count}`;
    const message = aMessage({ 'X-Posthorn-Idempotency-Key': key });
    let statusId: string | undefined;
    while (statusId === undefined) {
      statusId = /^250 .* as (\S+)$/.exec(await submit(message).catch(() => ''))?.[1];
      if (statusId === undefined) await delay(20);
    }
    answered.set(key, statusId);
  }
}

async function submit(message: string): Promise<string> {
  await using client = await connectRaw(port);
  await client.say('EHLO client.example');
  await client.login(userName, password);
  for (const line of ['MAIL FROM:<shop@shop.example>', 'RCPT TO:<ada@example.com>', 'DATA'])
    await client.say(line);
  client.write(message);
  return await client.say('.');
}

/** Everything that waits in the lane. */
async function takeAll(): Promise<SubmissionItem[]> {
  const taken: SubmissionItem[] = [];
  const take = eachItem<SubmissionItem>(
    async ({ item }) => {
      taken.push(item);
      return done;
    },
    { concurrency: 1 },
  );
  await using _consumer = consume(submissionsLane, take, { redis: link, concurrency: 4, log: silentLogger });
  await until(async () => {
    const { waiting, active, delayed } = await laneDepth(submissionsLane, { redis: link });
    return waiting + active + delayed === 0;
  });
  return taken;
}

function startService(): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...environmentOf({
        redisUrl: redis.url,
        mongodbUrl: `${store.url.replace(/\/+$/, '')}/${store.dbName}`,
      }),
      SMTP_PORTS: String(port),
    },
  });
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 90_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await delay(20);
  }
}
