import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Event, eventsLane } from '@posthorn/contracts';
import { createTrackingTokens, keyringFromSecret } from '@posthorn/mail';
import { connectRedis, createPostbox, listParked } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { type Counts, connectStore } from '@posthorn/store';
import { anEvent, withTestMongo, withTestRedis } from '@posthorn/testing';

const accountId = 20_000_001;
const secret = 's'.repeat(32);
const keyring = keyringFromSecret(secret);
const target = 'https://shop.example/orders/6';
const clickPort = 20_000 + randomInt(10_000);
const scope = new AsyncDisposableStack();
after(() => scope.disposeAsync());
const redis = scope.use(await withTestRedis());
const mongo = scope.use(await withTestMongo());
const store = scope.use(await connectStore({ url: mongo.url, dbName: mongo.dbName, log: silentLogger }));
await store.whenReady();
scope.defer(() => store.dropDatabase());

test('killed again and again under a flow of events, tracking records each once and counts it once (F08)', async () => {
  const poster = scope.use(await connectRedis({ url: redis.url, role: 'poster', log: silentLogger }));
  const postbox = scope.use(createPostbox(eventsLane, { redis: poster, log: silentLogger }));
  const events = Array.from({ length: 800 }, aSendsEvents).flat();

  const killing = killRepeatedly(4, events.length);
  for (let at = 0; at < events.length; at += 50) {
    await postbox.postAll(events.slice(at, at + 50));
    await delay(50);
  }
  await killing;
  const last = startService();
  scope.defer(() => stop(last));

  await until(async () => (await recordedCount()) === events.length);
  await until(async () => (await store.counters.accountsToFold()).length === 0);
  const [total] = await store.counters.total({ accountId, fromMs: 0, toMs: Date.now() * 2 });
  assert.deepEqual(total?.counts, recount(events));
  assert.deepEqual(await listParked(eventsLane, { redis: poster, limit: 10 }), []);
});

test('killed under a flow of clicks, every click that was answered is recorded (F08)', async () => {
  const service = startService({ PORT: String(clickPort) });
  scope.defer(() => stop(service));
  await until(async () => (await click(randomUUID())).isUp);
  const answered: string[] = [];
  const clicking = Array.from({ length: 20 }, async () => {
    for (let isUp = true; isUp; ) {
      const statusId = randomUUID();
      const answer = await click(statusId);
      if (answer.location === target) answered.push(statusId);
      isUp = answer.isUp;
    }
  });

  await delay(700);
  await stop(service);
  await Promise.all(clicking);
  const next = startService();
  scope.defer(() => stop(next));

  assert.ok(answered.length > 50, `${answered.length} clicks answered`);
  for (const statusId of answered) {
    await until(async () => (await store.events.listBySend(accountId, statusId)).length === 1);
  }
});

/** One click; whether the service answered at all, and where to. */
async function click(statusId: string): Promise<{ isUp: boolean; location: string | null }> {
  const token = createTrackingTokens(keyring, { statusId, accountId, emailId: 1 }).click(0, target);
  try {
    const res = await fetch(`http://127.0.0.1:${clickPort}/t/c/${token}`, { redirect: 'manual' });
    return { isUp: res.status === 302, location: res.headers.get('location') };
  } catch {
    return { isUp: false, location: null };
  }
}

function aSendsEvents(): Event[] {
  const statusId = randomUUID();
  return [
    anEvent('SENT', { statusId }),
    anEvent('PROCESSED', { statusId }),
    anEvent('DELIVERED', { statusId }),
    anEvent('OPEN', { statusId }),
    anEvent('OPEN', { statusId }),
  ];
}

function recount(events: readonly Event[]): Counts {
  const of = (type: string) => events.filter((event) => event.type === type).length;
  const sends = new Set(events.map(({ statusId }) => statusId)).size;
  return {
    sent: of('SENT'),
    processed: of('PROCESSED'),
    delivered: of('DELIVERED'),
    open: of('OPEN'),
    uniqueOpen: sends,
  };
}

/** Lets the service work for a moment, kills it, and starts it again, while there is something to record. */
async function killRepeatedly(times: number, total: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    const before = await recordedCount();
    if (before === total) return;
    const service = startService();
    await until(async () => (await recordedCount()) > before || round === 0);
    await delay(randomInt(150));
    await stop(service);
  }
}

function startService(own: Record<string, string> = {}): ChildProcess {
  const env = {
    ...process.env,
    REDIS_URL: redis.url,
    MONGODB_URL: `${mongo.url.replace(/\/?$/, '')}/${mongo.dbName}`,
    POSTHORN_SECRET: secret,
    PORT: '0',
    HOST: '127.0.0.1',
    FOLD_INTERVAL_MS: '20',
    LOG_LEVEL: 'fatal',
    ...own,
  };
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  return spawn(process.execPath, [main], { env, stdio: 'inherit' });
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  service.kill('SIGKILL');
  await once(service, 'exit');
}

async function recordedCount(): Promise<number> {
  const { events } = await store.events.list({ accountId, limit: 5_000 });
  return events.length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadlineMs, `waited in vain, ${await recordedCount()} recorded`);
    await delay(30);
  }
}
