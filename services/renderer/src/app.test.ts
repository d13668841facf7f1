import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DispatchItem,
  dispatchLane,
  type EventsItem,
  eventsLane,
  renderLane,
} from '@posthorn/contracts';
import { allDone, connectRedis, consume, createPostbox } from '@posthorn/queue';
import { silentLogger } from '@posthorn/runtime';
import { createSeal } from '@posthorn/store';
import { withTestRedis, withTestStore } from '@posthorn/testing';
import { authenticate } from 'mailauth';
import { simpleParser } from 'mailparser';
import { startRenderer } from './app.ts';
import { loadConfig } from './config.ts';
import { accountId, aDomain, aSend, aVersion, secret, shopKeys, shopRecords } from './fixture.ts';

test('one send in, one signed rendition and one SENT event out', { timeout: 60_000 }, async () => {
  await using system = await setUp();
  const item = aSend({ contactProperties: { firstname: 'Jane' }, acceptedAtMs: Date.now() });

  await system.sends.post(item);
  const { dispatched, events } = await system.whenOut({ dispatched: 1, events: 1 });

  const rendition = Buffer.from(dispatched[0]?.rendition ?? '', 'latin1');
  const mail = await simpleParser(rendition);
  assert.match(String(mail.html), /Hi Jane/);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['SENT'],
  );
  const { dkim } = await authenticate(rendition, {
    ...{
      ip: '127.0.0.1',
      helo: 'x.test',
      sender: 'orders@shop.test',
      disableArc: true,
      disableDmarc: true,
      disableBimi: true,
    },
    resolver: async (name: string) => [[shopRecords[name] ?? '']],
  });
  assert.deepEqual(
    dkim.results.map(({ status }) => status.result),
    ['pass', 'pass'],
  );
  const contacts = await system.store.contacts.findMany(accountId, ['jane@example.com']);
  assert.deepEqual(contacts.get('jane@example.com'), { firstname: 'Jane' });
});

test('two hundred sends of many bags come out once each, and the service is live and ready', {
  timeout: 60_000,
}, async () => {
  await using system = await setUp();
  const items = Array.from({ length: 200 }, (_, index) =>
    aSend({ to: `u${index}@example.com`, acceptedAtMs: Date.now() }),
  );

  await system.sends.postAll(items);
  const { dispatched, events } = await system.whenOut({ dispatched: 200, events: 200 });

  assert.deepEqual(
    new Set(dispatched.map(({ statusId }) => statusId)),
    new Set(items.map(({ statusId }) => statusId)),
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, 200);
  for (const page of ['livez', 'readyz']) {
    const answer = await fetch(`http://127.0.0.1:${system.healthPort}/${page}`);
    assert.equal(answer.status, 200, await answer.text());
  }
});

test('a send leaves by its email’s pool, else its account’s, also where they share a bag', {
  timeout: 60_000,
}, async () => {
  await using system = await setUp({ accountPool: 'own' });
  await system.store.emailVersions.insert({ ...aVersion(), version: 2, pool: 'receipts' });
  const [byAccount, byEmail] = [
    aSend({ acceptedAtMs: Date.now() }),
    aSend({ version: 2, acceptedAtMs: Date.now() }),
  ];

  await system.sends.postAll([byAccount, byEmail]);
  const { dispatched } = await system.whenOut({ dispatched: 2, events: 2 });

  const pools = new Map(dispatched.map(({ statusId, pool }) => [statusId, pool]));
  assert.deepEqual([pools.get(byAccount.statusId), pools.get(byEmail.statusId)], ['own', 'receipts']);
});

async function setUp({ accountPool }: { accountPool?: string } = {}) {
  await using scope = new AsyncDisposableStack();
  const server = scope.use(await withTestRedis());
  const store = scope.use(await withTestStore({ seal: createSeal(secret) }));
  const settings = accountPool === undefined ? {} : { pool: accountPool };
  await store.accounts.create({ name: 'Shop', accountId, createdAtMs: 1, settings });
  await store.emailVersions.insert(aVersion());
  await store.domains.insert(aDomain());
  for (const key of shopKeys) await store.dkimKeys.insert({ ...key, accountId, createdAtMs: 1 });

  const mongodb = new URL(store.url);
  mongodb.pathname = `/${store.dbName}`;
  const config = loadConfig({
    ...{ REDIS_URL: server.url, MONGODB_URL: mongodb.href, POSTHORN_SECRET: secret, WORKER_THREADS: '2' },
    ...{ TRACKING_URL: 'https://t.test', RETURN_PATH_HOST: 'bounces.shop.test', HEALTH_HOST: '127.0.0.1' },
  });
  const { healthPort } = scope.use(await startRenderer(config, silentLogger));
  const log = silentLogger;
  const redis = scope.use(await connectRedis({ url: server.url, role: 'worker', log }));
  const sends = scope.use(createPostbox(renderLane, { redis, log }));

  const dispatched: (DispatchItem & { pool: string })[] = [];
  const events: EventsItem[] = [];
  const takeEvents = async (items: readonly { item: EventsItem }[]) => {
    events.push(...items.map(({ item }) => item));
    return allDone;
  };
  for (const pool of ['default', 'own', 'receipts']) {
    const into = async (items: readonly { item: DispatchItem }[]) => {
      dispatched.push(...items.map(({ item }) => ({ ...item, pool })));
      return allDone;
    };
    scope.use(consume(dispatchLane(pool), into, { redis, log, concurrency: 1 }));
  }
  scope.use(consume(eventsLane, takeEvents, { redis, log, concurrency: 1 }));

  const whenOut = async (wanted: { dispatched: number; events: number }) => {
    const deadlineMs = Date.now() + 30_000;
    while (dispatched.length < wanted.dispatched || events.length < wanted.events) {
      if (Date.now() > deadlineMs)
        throw new Error(`only ${dispatched.length} dispatched, ${events.length} events`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { dispatched, events };
  };
  const opened = scope.move();
  return { store, sends, healthPort, whenOut, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
