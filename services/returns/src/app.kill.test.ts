import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type EventsItem, eventsLane } from '@posthorn/contracts';
import { connectRedis, consume, done, eachItem } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { anEvent, withTestRedis, withTestStore } from '@posthorn/testing';
import { createTransport } from 'nodemailer';
import { aStatusId, golden, returnPathOf, secret } from './fixture.ts';

const smtpPort = 20_000 + randomInt(10_000);
const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const store = scope.use(await withTestStore());
const mongodb = new URL(store.url);
mongodb.pathname = `/${store.dbName}`;
const link = scope.use(await connectRedis({ url: redis.url, role: 'worker', log: silentLogger }));
const bounced: string[] = [];
const note = eachItem<EventsItem>(
  async ({ item }) => {
    if (item.type === 'BOUNCE') bounced.push(item.statusId);
    return done;
  },
  { concurrency: 10 },
);
scope.use(consume(eventsLane, note, { redis: link, concurrency: 2, log: silentLogger }));

test('killed under a flow of reports, every one that was answered 250 becomes its event', async () => {
  const first = startService();
  scope.defer(() => stop(first));
  await until(async () => isUp());
  const answered: string[] = [];
  const clients = Array.from({ length: 10 }, () => reportUntilDown(answered));

  await until(async () => answered.length >= 100);
  await stop(first);
  await Promise.all(clients);
  const second = startService();
  scope.defer(() => stop(second));

  await until(async () => answered.every((statusId) => bounced.includes(statusId)));
});

/** Reports sends as bounced, one after another over one connection, until the service is gone. */
async function reportUntilDown(answered: string[]): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true, pool: true });
  try {
    for (;;) {
      const statusId = aStatusId();
      await store.sends.apply([anEvent('SENT', { statusId })]);
      await transport.sendMail({
        envelope: { from: '', to: [returnPathOf(statusId)] },
        raw: golden('dsn-failed'),
      });
      answered.push(statusId);
    }
  } catch {
    transport.close();
  }
}

async function isUp(): Promise<boolean> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  return transport.verify().catch(() => false);
}

function startService(): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...{ REDIS_URL: redis.url, MONGODB_URL: mongodb.href, POSTHORN_SECRET: secret, HOST: '127.0.0.1' },
      ...{ SMTP_PORT: String(smtpPort), SMTP_NAME: 'returns.test', HEALTH_HOST: '127.0.0.1' },
    },
  });
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.kill('SIGKILL');
  await exited;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 90_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, 'waited in vain');
    await delay(50);
  }
}
